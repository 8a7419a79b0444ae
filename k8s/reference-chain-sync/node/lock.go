package node

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockHome keeps a second node process out of one home directory. The kernel
// lets go of the lock when its holder ends in whatever way, so an unclean end
// leaves nothing behind that would refuse the next start.
func lockHome(home string) (*os.File, error) {
	path := filepath.Join(home, "data", "node.lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the home directory: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("another node process uses %s: %w", home, err)
	}
	return file, nil
}
