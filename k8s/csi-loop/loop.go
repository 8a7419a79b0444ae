package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	loopMajor = 7

	// sector is the block size of our devices and of the file systems on them: with
	// 4 KiB the kernel can write to an image past the page cache on every disk.
	sector = 4096

	// attempts bounds how often a device that another node of this machine has taken
	// between our two calls is replaced by the next free one.
	attempts = 50
)

// loopDevice is an open loop device with an image behind it.  The kernel detaches the
// image by itself when nobody has the device open or mounted any more (LO_FLAGS_AUTOCLEAR):
// nothing is leaked when this process, its pod or the whole node goes away.
type loopDevice struct {
	path string
	file *os.File
}

// close gives up our hold; a mounted device stays attached.
func (d *loopDevice) close() { _ = d.file.Close() }

// number returns the device's number as mountinfo and stat show it.
func (d *loopDevice) number() (uint64, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(int(d.file.Fd()), &stat); err != nil {
		return 0, err
	}
	return stat.Rdev, nil
}

// grow makes the device as large as its image has become.
func (d *loopDevice) grow() error {
	return unix.IoctlSetInt(int(d.file.Fd()), unix.LOOP_SET_CAPACITY, 0)
}

// attached returns the device that has the image behind it, or nil.  Loop devices
// belong to the machine, not to the node, so a path proves nothing: the image's inode does.
func attached(image string) (*loopDevice, error) {
	var stat unix.Stat_t
	if err := unix.Stat(image, &stat); err != nil {
		return nil, err
	}
	files, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		behind, err := os.ReadFile(file)
		if err != nil || filepath.Base(strings.TrimSpace(string(behind))) != filepath.Base(image) {
			continue
		}
		name := strings.Split(file, "/")[3]
		device, err := openLoop(name)
		if err != nil {
			continue // it went away since
		}
		info, err := unix.IoctlLoopGetStatus64(int(device.file.Fd()))
		if err == nil && info.Inode == stat.Ino && info.Device == stat.Dev {
			return device, nil
		}
		device.close()
	}
	return nil, nil
}

// attach returns the device of an image, a new one if there is none.
func attach(image string) (*loopDevice, error) {
	if device, err := attached(image); device != nil || err != nil {
		return device, err
	}
	backing, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer backing.Close()
	for range attempts {
		device, err := freeLoop()
		if err != nil {
			return nil, err
		}
		err = configure(device, backing)
		if err == nil {
			return device, nil
		}
		device.close()
		if !errors.Is(err, unix.EBUSY) {
			return nil, fmt.Errorf("attach %s to %s: %w", image, device.path, err)
		}
	}
	return nil, fmt.Errorf("attach %s: %d free loop devices were taken by others", image, attempts)
}

func configure(device *loopDevice, backing *os.File) error {
	config := unix.LoopConfig{Fd: uint32(backing.Fd()), Size: sector}
	config.Info.Flags = unix.LO_FLAGS_AUTOCLEAR | unix.LO_FLAGS_DIRECT_IO
	copy(config.Info.File_name[:len(config.Info.File_name)-1], backing.Name())
	return unix.IoctlLoopConfigure(int(device.file.Fd()), &config)
}

// freeLoop opens a device that nobody used a moment ago.
func freeLoop() (*loopDevice, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("the node has no loop devices: %w", err)
	}
	defer control.Close()
	number, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
	if err != nil {
		return nil, fmt.Errorf("ask for a free loop device: %w", err)
	}
	return openLoop(fmt.Sprintf("loop%d", number))
}

// openLoop opens a device by its name.  A container's /dev shows the devices that
// existed when it started, so the file may have to be made.
func openLoop(name string) (*loopDevice, error) {
	var number uint32
	if _, err := fmt.Sscanf(name, "loop%d", &number); err != nil {
		return nil, fmt.Errorf("%s is no loop device", name)
	}
	path := filepath.Join("/dev", name)
	err := unix.Mknod(path, unix.S_IFBLK|0o600, int(unix.Mkdev(loopMajor, number)))
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return nil, fmt.Errorf("make %s: %w", path, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &loopDevice{path: path, file: file}, nil
}
