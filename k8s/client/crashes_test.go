package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A node that applies two blocks in block sync and then decides heights, by the number of
// its fail point.
const standIn = `
i=$FAIL_TEST_INDEX
[ $i -ge 4 ] && echo "INF executed block height=1"
[ $i -ge 8 ] && echo "INF executed block height=2"
[ $i -ge 8 ] && echo "INF SwitchToConsensus module=consensus"
[ $i -ge 15 ] && echo "INF executed block height=3"
if [ $i -eq "$1" ]; then echo "panic: wrong app hash"; exit 2; fi
echo "*** fail-test $i ***"
exit 1
`

func TestANodeIsStartedUntilEveryPointOfAHeightWasMet(t *testing.T) {
	found := done(t, "crash-points", "--index=0", "--index=3", "--", "sh", "-c", standIn, "sh", "99")

	if len(found) != 14 {
		t.Fatalf("%d lines: %v", len(found), found)
	}
	want(t, found[0], map[string]any{"index": 0, "exit": 1, "reached": true, "switched": false})
	want(t, found[2], map[string]any{"index": 8, "switched": true, "point": 0, "synced": 2})
	want(t, found[12], map[string]any{"index": 18, "point": 10})
	want(t, found[13], map[string]any{"summary": true, "points": 11})
}

func TestAPanicEndsTheStarts(t *testing.T) {
	found := done(t, "crash-points", "--", "sh", "-c", standIn, "sh", "10")

	last := found[len(found)-2]
	want(t, last, map[string]any{"index": 10, "exit": 2, "reached": false, "problem": "panic: wrong app hash"})
}

func TestAStartThatMeetsNoPointIsAProblem(t *testing.T) {
	found := done(t, "crash-points", "--within=300ms", "--", "sleep", "5")
	want(t, found[0], map[string]any{"reached": false, "problem": "the fail point 8 was not met in 300ms"})

	found = done(t, "crash-points", "--", "true")
	want(t, found[0], map[string]any{"exit": 0, "reached": false})
}

func TestTheClientCopiesItself(t *testing.T) {
	to := filepath.Join(t.TempDir(), "client")
	done(t, "copy-self", "--to", to)
	if info, err := os.Stat(to); err != nil || info.Mode()&0o111 == 0 {
		t.Fatalf("%v, %v", info, err)
	}
}
