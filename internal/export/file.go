package export

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Whole makes a file that is there whole or not at all: write makes it at another
// path of the same folder, and then it takes the place of the one that was there.
// Those who may read the file are as the system has it for new ones.
func Whole(path string, write func(draft string) error) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder: name a file", path)
	}
	folder, name := filepath.Dir(path), filepath.Base(path)
	workshop, err := os.MkdirTemp(folder, "."+name+"-new-")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the folder %s does not exist: make it first", folder)
	}
	if err != nil {
		return err
	}
	draft := filepath.Join(workshop, name)
	err = write(draft)
	if err == nil {
		err = settle(draft)
	}
	if err == nil {
		err = os.Rename(draft, path)
	}
	return errors.Join(err, os.RemoveAll(workshop))
}

// settle sees to it that a file's bytes are on the disk before its name is.
func settle(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// WholeFile is [Whole] for what is written as a stream.
func WholeFile(path string, c Compression, write func(io.Writer) error) error {
	return Whole(path, func(draft string) error {
		file, err := os.Create(draft)
		if err != nil {
			return err
		}
		return errors.Join(c.Pack(file, write), file.Close())
	})
}
