package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	cmtcfg "github.com/cometbft/cometbft/config"
)

// trust is a block that an operator has pinned, because somebody whom he trusts
// has told him its hash. A node with an empty volume restores a snapshot that
// leads to a header which this block vouches for, and nothing else.
type trust struct {
	height int64
	hash   string
	// signAbove: a validator that has lost its signing state signs nothing up to
	// this height, for it may have signed it.
	signAbove int64
}

// readTrust reads the files height, hash and sign-above of a folder. Without a
// folder, or in an empty one, nothing is pinned.
func readTrust(folder string) (*trust, error) {
	if folder == "" || !exists(filepath.Join(folder, "height")) {
		return nil, nil
	}
	height, err := readNumber(filepath.Join(folder, "height"))
	if err != nil {
		return nil, err
	}
	hash, err := os.ReadFile(filepath.Join(folder, "hash"))
	if err != nil {
		return nil, fmt.Errorf("a trusted height is pinned, and no hash: %w", err)
	}
	pinned := &trust{height: height, hash: strings.TrimSpace(string(hash))}
	if path := filepath.Join(folder, "sign-above"); exists(path) {
		pinned.signAbove, err = readNumber(path)
	}
	return pinned, err
}

func readNumber(path string) (int64, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	number, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	if err != nil || number < 0 {
		return 0, fmt.Errorf("%s: %q is no height", path, content)
	}
	return number, nil
}

// pin makes state sync begin at the pinned block.
func (t *trust) pin(config *cmtcfg.StateSyncConfig) {
	config.Enable, config.TrustHeight, config.TrustHash = true, t.height, t.hash
}

// signingState is that of a validator which signs its first vote.
func (t *trust) signingState() string {
	if t == nil || t.signAbove == 0 {
		return nothingSigned
	}
	return fmt.Sprintf(`{"height":"%d","round":0,"step":0}`, t.signAbove+1)
}
