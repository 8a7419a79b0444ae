package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// mountInfo is one mount that this process sees.
type mountInfo struct {
	device uint64
	point  string
	kind   string
}

// readMounts returns all mounts, in the order in which they were made.
func readMounts() ([]mountInfo, error) {
	file, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return parseMounts(file)
}

func parseMounts(from io.Reader) ([]mountInfo, error) {
	var mounts []mountInfo
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		fields, rest := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(rest) < 1 {
			return nil, fmt.Errorf("mountinfo line without meaning: %q", lines.Text())
		}
		var major, minor uint32
		if _, err := fmt.Sscanf(fields[2], "%d:%d", &major, &minor); err != nil {
			return nil, fmt.Errorf("mountinfo device %q: %w", fields[2], err)
		}
		mounts = append(mounts, mountInfo{
			device: unix.Mkdev(major, minor), point: unescape(fields[4]), kind: rest[0],
		})
	}
	return mounts, lines.Err()
}

// unescape undoes the kernel's octal writing of blanks and the like.
func unescape(path string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(path)
}

// mountedAt returns the uppermost mount at a path, or nil.
func mountedAt(path string) (*mountInfo, error) {
	mounts, err := readMounts()
	if err != nil {
		return nil, err
	}
	for i := len(mounts) - 1; i >= 0; i-- {
		if mounts[i].point == path {
			return &mounts[i], nil
		}
	}
	return nil, nil
}

// mountOf returns where a device is mounted, or "".
func mountOf(device uint64) (string, error) {
	mounts, err := readMounts()
	if err != nil {
		return "", err
	}
	for _, m := range mounts {
		if m.device == device {
			return m.point, nil
		}
	}
	return "", nil
}
