package export

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Compression is how the bytes of a file are packed.
type Compression string

// The compressions.
const (
	Plain Compression = ""
	Gzip  Compression = "gzip"
	Zstd  Compression = "zstd"
)

// Writer compresses what is written to it. The same text gives the same bytes, so
// the compressors are told neither the time nor to work side by side. Closing it
// leaves w open.
func (c Compression) Writer(w io.Writer) (io.WriteCloser, error) {
	switch c {
	case Plain:
		return buffered{bufio.NewWriter(w)}, nil
	case Gzip:
		return gzip.NewWriter(w), nil
	case Zstd:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return nil, fmt.Errorf("unknown compression %q: expected %s or %s", string(c), Gzip, Zstd)
}

type buffered struct{ *bufio.Writer }

func (b buffered) Close() error { return b.Flush() }

// Pack compresses what write writes.
func (c Compression) Pack(w io.Writer, write func(io.Writer) error) error {
	packed, err := c.Writer(w)
	if err != nil {
		return err
	}
	return errors.Join(write(packed), packed.Close())
}
