package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// fakeChain commits, at each reading, what was sent before it.
type fakeChain struct {
	height  int64
	pending []string
	sent    int
	refuse  func(n int) bool
	senders map[int]int
}

func (c *fakeChain) Send(_ context.Context, account int) (string, error) {
	c.sent++
	c.senders[account]++
	if c.refuse != nil && c.refuse(c.sent) {
		return "", errors.New("mempool is full")
	}
	hash := fmt.Sprint(c.sent)
	c.pending = append(c.pending, hash)
	return hash, nil
}

func (c *fakeChain) Committed(context.Context, int64) ([]string, int64, error) {
	c.height++
	hashes := append([]string{"somebody else's"}, c.pending...)
	c.pending = nil
	return hashes, c.height, nil
}

func run(t *testing.T, ctx context.Context, plan Plan, chain *fakeChain) (Line, []Line) {
	t.Helper()
	chain.senders = map[int]int{}
	var out bytes.Buffer
	last, err := Run(ctx, plan, 4, chain, &out)
	if err != nil {
		t.Fatal(err)
	}
	var lines []Line
	for decoder := json.NewDecoder(&out); decoder.More(); {
		var line Line
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return last, lines
}

func TestTheLoadStopsAtItsCountAndCountsWhatWasCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		chain := &fakeChain{}
		last, lines := run(t, t.Context(), Plan{Rate: 4, Count: 20, Report: 2 * time.Second}, chain)
		if last.Sent != 20 || last.Accepted != 20 || last.Committed != 20 || !last.Final {
			t.Fatalf("got %+v", last)
		}
		if took := time.Since(began); took < 4*time.Second || took > 7*time.Second {
			t.Fatalf("20 transfers at 4 a second took %s", took)
		}
		if len(lines) < 3 || lines[len(lines)-1] != last {
			t.Fatalf("the lines were %+v", lines)
		}
		if len(chain.senders) != 4 || chain.senders[0] != 5 {
			t.Fatalf("the accounts did not take turns: %v", chain.senders)
		}
	})
}

func TestTheLoadStopsAtItsTimeAndTellsWhatWasRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := &fakeChain{refuse: func(n int) bool { return n%2 == 0 }}
		last, _ := run(t, t.Context(), Plan{Rate: 10, Duration: 3 * time.Second, Report: time.Minute}, chain)
		if last.Sent < 28 || last.Sent > 30 || last.Refused != last.Sent/2 {
			t.Fatalf("got %+v", last)
		}
		if last.LastError != "mempool is full" || last.Committed != last.Accepted {
			t.Fatalf("got %+v", last)
		}
	})
}

func TestASignalEndsTheLoadWithItsLastLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		last, lines := run(t, ctx, Plan{Rate: 10, Report: time.Minute}, &fakeChain{})
		if !last.Final || len(lines) != 1 || last.Committed == 0 {
			t.Fatalf("got %+v", lines)
		}
	})
}
