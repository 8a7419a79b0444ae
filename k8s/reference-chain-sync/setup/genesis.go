// Package setup prepares a node's home directory before the node starts: the
// verified genesis, the keys and the configuration.
package setup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// InstallGenesis copies the genesis from source to target if, and only if, its
// SHA-256 is the wanted one. A target that is right already is left alone.
func InstallGenesis(source, target, wanted string) error {
	wanted = strings.ToLower(strings.TrimSpace(wanted))
	if len(wanted) != hex.EncodedLen(sha256.Size) {
		return fmt.Errorf("wanted genesis hash %q is not a SHA-256 in hexadecimal", wanted)
	}
	content, err := os.ReadFile(source)
	if err != nil {
		return fmt.Errorf("the genesis cannot be had, nothing is started without it: %w", err)
	}
	if found := hash(content); found != wanted {
		return fmt.Errorf("the genesis at %s is not the published one: wanted SHA-256 %s, found %s", source, wanted, found)
	}
	return writeIfChanged(target, content, 0o644)
}

func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// writeIfChanged replaces a file in one step, so that no reader and no crash
// ever meets half of it, and leaves a file with the same content untouched.
func writeIfChanged(path string, content []byte, mode os.FileMode) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(content); err != nil {
		return err
	}
	for _, step := range []func() error{func() error { return file.Chmod(mode) }, file.Sync, file.Close} {
		if err := step(); err != nil {
			return err
		}
	}
	return os.Rename(file.Name(), path)
}
