package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cometbft/cometbft/privval"
)

// loadSigner reads the consensus key below the home directory, or makes one.
//
// The signing state lies beside the block data under the key's own name, so that
// a node which is pointed at another key can never touch what the first key has
// signed. A key that is missing beside an existing signing state is an error and
// not an occasion to make a new one: the library would empty the state.
func loadSigner(home, key string) (*privval.FilePV, error) {
	keyPath := filepath.Join(home, key)
	statePath := signingStatePath(home, key)
	if !exists(keyPath) && exists(statePath) {
		return nil, fmt.Errorf("consensus key %s is missing but its signing state %s exists: restore the key", keyPath, statePath)
	}
	return privval.LoadOrGenFilePV(keyPath, statePath), nil
}

func signingStatePath(home, key string) string {
	name := strings.TrimSuffix(filepath.Base(key), ".json")
	return filepath.Join(home, "data", strings.TrimSuffix(name, "_key")+"_state.json")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
