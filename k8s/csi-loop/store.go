package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"golang.org/x/sys/unix"
)

var (
	errExists  = errors.New("it exists with other properties")
	errMissing = errors.New("it does not exist on this node")

	plainName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// record is what the store knows of an image; it is written last, so an image without
// a record is the remainder of an interrupted creation and counts for nothing.
type record struct {
	ID       string    `json:"id"`
	Capacity int64     `json:"capacity"`
	Source   string    `json:"source,omitempty"`
	Made     time.Time `json:"made"`
}

// store is a folder of images: volumes of one kind or snapshots.
type store struct {
	folder string
}

// identify returns the id for a name, the same for the same name: that is what makes
// repeated creations harmless.
func identify(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return "id-" + hex.EncodeToString(sum[:16])
}

// image returns the path of an image.  Ids come from outside, so whatever identify
// would not have made leads nowhere.
func (s store) image(id string) string {
	if !plainName.MatchString(id) {
		return filepath.Join(s.folder, "no-such-id")
	}
	return filepath.Join(s.folder, id+".img")
}

func (s store) recordPath(id string) string { return s.image(id) + ".json" }

// find returns the record of an image, or errMissing.
func (s store) find(id string) (record, error) {
	var found record
	data, err := os.ReadFile(s.recordPath(id))
	if errors.Is(err, fs.ErrNotExist) {
		return found, errMissing
	}
	if err != nil {
		return found, err
	}
	if err := json.Unmarshal(data, &found); err != nil {
		return found, fmt.Errorf("%s: %w", s.recordPath(id), err)
	}
	return found, nil
}

// create makes an image by `fill`, which gets the path of a file that is not there yet.
func (s store) create(ctx context.Context, wanted record, fill func(context.Context, string) error) (record, error) {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return record{}, err
	}
	partial := s.image(wanted.ID) + ".partial"
	if err := remove(partial); err != nil {
		return record{}, err
	}
	if err := fill(ctx, partial); err != nil {
		return record{}, errors.Join(err, remove(partial))
	}
	if err := os.Rename(partial, s.image(wanted.ID)); err != nil {
		return record{}, err
	}
	wanted.Made = time.Now().UTC()
	return wanted, s.save(wanted)
}

// save writes a record so that it is there whole or not at all.
func (s store) save(r record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	partial := s.recordPath(r.ID) + ".partial"
	file, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(partial, s.recordPath(r.ID))
}

// delete removes an image and all traces of it; what is not there is deleted already.
func (s store) delete(id string) error {
	return errors.Join(
		remove(s.recordPath(id)),
		remove(s.recordPath(id)+".partial"),
		remove(s.image(id)),
		remove(s.image(id)+".partial"),
	)
}

// reserve gives a file its size and all the disk blocks for it.
func reserve(path string, bytes int64) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	// An image is never made smaller: a file system may already reach to its end.
	if err := retry(func() error {
		return unix.Fallocate(int(file.Fd()), 0, 0, max(bytes, info.Size()))
	}); err != nil {
		return fmt.Errorf("reserve %d bytes for %s: %w", bytes, path, err)
	}
	return file.Sync()
}

// retry calls again what a signal has interrupted.
func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
