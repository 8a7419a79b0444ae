package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// allocation is the line of `fallocate`.
type allocation struct {
	T        string  `json:"t"`
	Ms       float64 `json:"ms"`
	Path     string  `json:"path"`
	Bytes    int64   `json:"bytes"`
	OnDisk   int64   `json:"on_disk"`
	ReadBack int     `json:"pieces_read_back"`
	Error    string  `json:"error,omitempty"`
}

// allocate reserves a file's bytes, then writes its first, middle and last MiB and reads
// them back from the disk.
func allocate(_ context.Context, out *output, arguments []string) error {
	flags := newFlags("fallocate")
	path := flags.String("path", "", "the file")
	size := flags.Int64("bytes", 0, "how much")
	keep := flags.Bool("keep", false, "leave the file there")
	if err := parse(flags, arguments); err != nil {
		return err
	}
	if *path == "" || *size < 3*mebibyte {
		return usageError{"fallocate: needs --path and --bytes of at least 3 MiB"}
	}
	begun := time.Now()
	result := allocation{T: stamp(begun), Path: *path, Bytes: *size}
	err := result.try()
	if !*keep {
		err = errors.Join(err, os.Remove(*path))
	}
	result.Ms = milliseconds(begun)
	if err != nil {
		result.Error = err.Error()
	}
	return errors.Join(out.line(result), err)
}

func (a *allocation) try() error {
	file, err := os.OpenFile(a.Path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	descriptor := int(file.Fd())
	for err = unix.EINTR; errors.Is(err, unix.EINTR); {
		err = unix.Fallocate(descriptor, 0, 0, a.Bytes)
	}
	if err != nil {
		return fmt.Errorf("allocate %d bytes: %w", a.Bytes, err)
	}
	piece := make([]byte, mebibyte)
	if _, err := rand.Read(piece); err != nil {
		return err
	}
	places := []int64{0, (a.Bytes - mebibyte) / 2, a.Bytes - mebibyte}
	for _, place := range places {
		if _, err := file.WriteAt(piece, place); err != nil {
			return err
		}
	}
	if err := file.Sync(); err != nil {
		return err
	}
	var stat unix.Stat_t
	if err := unix.Fstat(descriptor, &stat); err != nil {
		return err
	}
	a.OnDisk = stat.Blocks * 512
	return a.readBack(file, piece, places)
}

// readBack compares with what is on the disk, not in the page cache.
func (a *allocation) readBack(file *os.File, piece []byte, places []int64) error {
	if err := unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return err
	}
	read := make([]byte, len(piece))
	for _, place := range places {
		if _, err := file.ReadAt(read, place); err != nil {
			return err
		}
		if !bytes.Equal(read, piece) {
			return fmt.Errorf("the MiB at %d came back different", place)
		}
		a.ReadBack++
	}
	return nil
}

// fileFacts is the line of `write` and `sha256`.
type fileFacts struct {
	T      string  `json:"t"`
	Ms     float64 `json:"ms"`
	Path   string  `json:"path"`
	Bytes  int64   `json:"bytes"`
	SHA256 string  `json:"sha256"`
}

// writeFile writes a random file and syncs it and its folder.
func writeFile(_ context.Context, out *output, arguments []string) error {
	flags := newFlags("write")
	path := flags.String("path", "", "the file")
	size := flags.Int64("bytes", 16*mebibyte, "how much")
	if err := parse(flags, arguments); err != nil {
		return err
	}
	if *path == "" || *size < 0 {
		return usageError{"write: needs --path, and --bytes not below 0"}
	}
	begun := time.Now()
	file, err := os.OpenFile(*path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	var seed [32]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(file, sum), mathrand.NewChaCha8(seed), *size); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return out.line(fileFacts{
		T: stamp(begun), Ms: milliseconds(begun), Path: *path, Bytes: *size,
		SHA256: hex.EncodeToString(sum.Sum(nil)),
	})
}

func hashFile(_ context.Context, out *output, arguments []string) error {
	flags := newFlags("sha256")
	path := flags.String("path", "", "the file")
	if err := parse(flags, arguments); err != nil {
		return err
	}
	begun := time.Now()
	file, err := os.Open(*path)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	if err != nil {
		return err
	}
	return out.line(fileFacts{
		T: stamp(begun), Ms: milliseconds(begun), Path: *path, Bytes: size,
		SHA256: hex.EncodeToString(sum.Sum(nil)),
	})
}

// space is the line of `statfs`.
type space struct {
	T         string `json:"t"`
	Path      string `json:"path"`
	Total     int64  `json:"total"`
	Free      int64  `json:"free"`
	Available int64  `json:"available"`
	Device    uint64 `json:"device"`
}

func statFileSystem(_ context.Context, out *output, arguments []string) error {
	flags := newFlags("statfs")
	path := flags.String("path", "", "a path in the file system")
	if err := parse(flags, arguments); err != nil {
		return err
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(*path, &fs); err != nil {
		return &os.PathError{Op: "statfs", Path: *path, Err: err}
	}
	var stat unix.Stat_t
	if err := unix.Stat(*path, &stat); err != nil {
		return &os.PathError{Op: "stat", Path: *path, Err: err}
	}
	block := fs.Bsize
	return out.line(space{
		T: stamp(time.Now()), Path: *path, Device: stat.Dev,
		Total: int64(fs.Blocks) * block, Free: int64(fs.Bfree) * block, Available: int64(fs.Bavail) * block,
	})
}
