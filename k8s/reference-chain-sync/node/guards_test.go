package node

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/log"
	cmttypes "github.com/cometbft/cometbft/types"
)

func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{"config", "data"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestASecondProcessIsRefusedAndALeftLockFileIsNot(t *testing.T) {
	dir := home(t)
	first, err := lockHome(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockHome(dir); err == nil || !strings.Contains(err.Error(), "another node process uses") {
		t.Fatalf("the second process was told: %v", err)
	}
	_ = first.Close() // as the kernel does when a process ends
	if _, err := lockHome(dir); err != nil {
		t.Fatalf("the file of an ended process refuses the next one: %v", err)
	}
}

func TestAnotherKeyLeavesTheFirstKeysSigningStateAlone(t *testing.T) {
	dir := home(t)
	if _, err := loadSigner(dir, "config/priv_validator_key.json"); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(dir, "data", "priv_validator_state.json")
	signed := []byte(`{"height":"7","round":0,"step":3}`)
	if err := os.WriteFile(state, signed, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadSigner(dir, "config/spare_key.json"); err != nil {
		t.Fatal(err)
	}
	if now, _ := os.ReadFile(state); !bytes.Equal(now, signed) {
		t.Fatalf("the signing state is now %s", now)
	}
}

func TestALostKeyIsNotReplacedOverItsSigningState(t *testing.T) {
	dir := home(t)
	state := filepath.Join(dir, "data", "priv_validator_state.json")
	if err := os.WriteFile(state, []byte(`{"height":"7","round":0,"step":3}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := loadSigner(dir, "config/priv_validator_key.json")
	if err == nil || !strings.Contains(err.Error(), "restore the key") {
		t.Fatalf("got %v", err)
	}
}

func TestOnlyAConsensusFailureIsReported(t *testing.T) {
	failed := make(chan string, 1)
	logger := log.Logger(failureLogger{Logger: log.NewNopLogger(), failed: failed}).With("module", "consensus")
	logger.Error("a peer went away")
	if len(failed) != 0 {
		t.Fatal("an ordinary error ends the node")
	}
	logger.Error("CONSENSUS FAILURE!!!", "err", "app hash")
	logger.Error("CONSENSUS FAILURE!!!", "err", "again")
	if len(failed) != 1 {
		t.Fatal("a consensus failure does not end the node")
	}
}

func TestOnlyASignatureOfThisProcessCounts(t *testing.T) {
	began := time.Unix(1_700_000_000, 0)
	me, other := cmttypes.Address("me"), cmttypes.Address("other")
	commit := func(flag cmttypes.BlockIDFlag, address cmttypes.Address, when time.Time) *cmttypes.Commit {
		sig := cmttypes.CommitSig{BlockIDFlag: flag, ValidatorAddress: address, Timestamp: when}
		return &cmttypes.Commit{Signatures: []cmttypes.CommitSig{sig}}
	}
	for name, c := range map[string]struct {
		commit *cmttypes.Commit
		want   bool
	}{
		"ours":            {commit(cmttypes.BlockIDFlagCommit, me, began), true},
		"from before":     {commit(cmttypes.BlockIDFlagCommit, me, began.Add(-time.Second)), false},
		"for no block":    {commit(cmttypes.BlockIDFlagNil, me, began), false},
		"somebody else's": {commit(cmttypes.BlockIDFlagCommit, other, began), false},
		"absent":          {commit(cmttypes.BlockIDFlagAbsent, nil, time.Time{}), false},
	} {
		if got := signedSince(c.commit, me, began); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
