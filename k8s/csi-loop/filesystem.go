package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// The file system is XFS, not ext4: growing a mounted ext4 takes CAP_SYS_RESOURCE,
	// which not every host gives to its containers.
	fileSystem = "xfs"

	// fiFreeze and fiThaw are FIFREEZE and FITHAW of linux/fs.h.
	fiFreeze = 0xc0045877
	fiThaw   = 0xc0045878
)

// format makes an empty file system in an image.
//
// -K: without it mkfs would give the reserved blocks back to the node's disk.
func format(ctx context.Context, image string) error {
	return run(ctx, "mkfs.xfs", "-q", "-f", "-K", "-s", fmt.Sprintf("size=%d", sector),
		"-m", "crc=1,reflink=0,rmapbt=0", image)
}

// growFileSystem makes the mounted file system as large as its device.
func growFileSystem(ctx context.Context, mountPoint string) error {
	return run(ctx, "xfs_growfs", "-d", mountPoint)
}

// mountVolume mounts a device.
//
// nouuid: a restored volume has the same UUID as its source, and all nodes of a
// machine share one kernel, which would refuse the second of them.
func mountVolume(device, target string, options []string) error {
	return run(context.Background(), "mount", "-t", fileSystem,
		"-o", strings.Join(append([]string{"nouuid"}, options...), ","), device, target)
}

// bindMount shows `source` at `target` too.
func bindMount(source, target string, readOnly bool) error {
	if err := unix.Mount(source, target, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind %s to %s: %w", source, target, err)
	}
	if !readOnly {
		return nil
	}
	if err := unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		_ = unix.Unmount(target, 0)
		return fmt.Errorf("make %s read-only: %w", target, err)
	}
	return nil
}

// unmount takes a mount away, if there is one, and removes its folder.
func unmount(target string) error {
	for {
		mounted, err := mountedAt(target)
		if err != nil {
			return err
		}
		if mounted == nil {
			return remove(target)
		}
		if err := unix.Unmount(target, 0); err != nil {
			return fmt.Errorf("unmount %s: %w", target, err)
		}
	}
}

// frozen runs `action` while the file system stands still with all its data on disk.
func frozen(mountPoint string, action func() error) error {
	folder, err := os.Open(mountPoint)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := unix.IoctlSetInt(int(folder.Fd()), fiFreeze, 0); err != nil {
		return fmt.Errorf("freeze %s: %w", mountPoint, err)
	}
	actionErr := action()
	if err := unix.IoctlSetInt(int(folder.Fd()), fiThaw, 0); err != nil {
		return fmt.Errorf("thaw %s: %w", mountPoint, err)
	}
	return actionErr
}

// thawAll thaws what a predecessor has left frozen when it was killed.
func thawAll() error {
	mounts, err := readMounts()
	if err != nil {
		return err
	}
	for _, m := range mounts {
		if m.kind != fileSystem || !isVolume(m.device) {
			continue
		}
		if folder, err := os.Open(m.point); err == nil {
			_ = unix.IoctlSetInt(int(folder.Fd()), fiThaw, 0) // EINVAL: was not frozen
			_ = folder.Close()
		}
	}
	return nil
}

// isVolume says whether a device has an image of a volume behind it.  The beginning of
// the path depends on who asks, so only its end counts.
func isVolume(device uint64) bool {
	behind, err := os.ReadFile(fmt.Sprintf("/sys/dev/block/%d:%d/loop/backing_file", unix.Major(device), unix.Minor(device)))
	if err != nil {
		return false
	}
	path := strings.TrimSpace(string(behind))
	return filepath.Base(filepath.Dir(path)) == volumesFolder && filepath.Ext(path) == ".img"
}

func run(ctx context.Context, name string, arguments ...string) error {
	output, err := exec.CommandContext(ctx, name, arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(arguments, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}
