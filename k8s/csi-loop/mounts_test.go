package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
)

// usage returns a file's size and what it takes on disk.
func usage(path string) (size, onDisk int64, err error) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return 0, 0, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return stat.Size, stat.Blocks * 512, nil
}

func TestMountsAreReadWithBlanksAndOptionalFields(t *testing.T) {
	mounts, err := parseMounts(strings.NewReader(
		"29 1 7:3 / /data rw,relatime shared:1 master:2 - xfs /dev/loop3 rw\n" +
			`30 1 0:22 / /with\040blank rw - tmpfs tmpfs rw` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []mountInfo{
		{device: unix.Mkdev(7, 3), point: "/data", kind: "xfs"},
		{device: unix.Mkdev(0, 22), point: "/with blank", kind: "tmpfs"},
	}
	for i := range want {
		if mounts[i] != want[i] {
			t.Errorf("got %+v, want %+v", mounts[i], want[i])
		}
	}
	if _, err := parseMounts(strings.NewReader("nonsense\n")); err == nil {
		t.Error("nonsense was understood")
	}
}

func TestOneCallAtATimeWorksOnAVolume(t *testing.T) {
	var all locks
	release, err := all.take(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if other, err := all.take(context.Background(), "b"); err != nil {
		t.Error("another volume had to wait")
	} else {
		other()
	}
	brief, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err = all.take(brief, "a")
	wantCode(t, err, codes.Aborted, "under way")
	release()
	if again, err := all.take(context.Background(), "a"); err != nil {
		t.Error("what was given back could not be taken")
	} else {
		again()
	}
}
