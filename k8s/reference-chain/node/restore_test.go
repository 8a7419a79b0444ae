package node

import (
	"os"
	"path/filepath"
	"testing"

	"cosmossdk.io/log"
	cmtcfg "github.com/cometbft/cometbft/config"
)

func begun(t *testing.T, restore bool) *cmtcfg.Config {
	t.Helper()
	config := cmtcfg.DefaultConfig().SetRoot(t.TempDir())
	config.StateSync.Enable = restore
	for _, path := range []string{"application.db/000001.log", "snapshots/50/3/0", "priv_validator_state.json"} {
		path = filepath.Join(config.DBDir(), path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config
}

func TestAHalfRestoredStateIsRemovedAndTheSigningStateStays(t *testing.T) {
	t.Setenv("TMPDIR", os.TempDir()) // put back when the test is over
	config := begun(t, true)
	if err := prepareRestore(config, false, log.NewNopLogger()); err != nil {
		t.Fatal(err)
	}
	for name, stays := range map[string]bool{"application.db": false, "snapshots": false, "priv_validator_state.json": true, restoreFolder: true} {
		if exists(filepath.Join(config.DBDir(), name)) != stays {
			t.Errorf("%s: stays is %v, wanted %v", name, !stays, stays)
		}
	}
}

func TestANodeThatRestoresNothingKeepsEverything(t *testing.T) {
	config := begun(t, false)
	if err := prepareRestore(config, false, log.NewNopLogger()); err != nil {
		t.Fatal(err)
	}
	if !exists(filepath.Join(config.DBDir(), "application.db", "000001.log")) {
		t.Fatal("its state was removed")
	}
}
