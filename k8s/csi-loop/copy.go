package main

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// step bounds how much is copied before the context is asked again.
const step = 64 * mebibyte

// copyImage makes `to` a copy of `from`: a reflink where the node's file system can,
// else a copy of those extents that hold data.  Extents that are reserved but were
// never written are skipped, so a young volume is copied in no time.
func copyImage(ctx context.Context, from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer target.Close()
	if unix.IoctlFileClone(int(target.Fd()), int(source.Fd())) == nil {
		return target.Sync()
	}
	info, err := source.Stat()
	if err != nil {
		return err
	}
	if err := target.Truncate(info.Size()); err != nil {
		return err
	}
	extents, err := dataExtents(source, info.Size())
	if err != nil {
		return err
	}
	for _, e := range extents {
		if err := copyExtent(ctx, source, target, e); err != nil {
			return err
		}
	}
	return target.Sync()
}

// extent is a piece of a file that holds data.
type extent struct{ start, end int64 }

// dataExtents lists what holds data, before anything is read: a reserved extent counts
// as data too while pages of it are in the page cache, and reading ahead brings them there.
func dataExtents(file *os.File, size int64) ([]extent, error) {
	if err := unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return nil, err
	}
	var extents []extent
	for offset := int64(0); offset < size; {
		start, err := file.Seek(offset, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			break // no data behind offset
		}
		if err != nil {
			return nil, err
		}
		end, err := file.Seek(start, unix.SEEK_HOLE)
		if err != nil {
			return nil, err
		}
		extents = append(extents, extent{start, end})
		offset = end
	}
	return extents, nil
}

func copyExtent(ctx context.Context, source, target *os.File, e extent) error {
	if _, err := source.Seek(e.start, io.SeekStart); err != nil {
		return err
	}
	if _, err := target.Seek(e.start, io.SeekStart); err != nil {
		return err
	}
	for at := e.start; at < e.end; at += step {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := io.CopyN(target, source, min(step, e.end-at)); err != nil {
			return err
		}
	}
	return nil
}
