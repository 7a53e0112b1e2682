package intake

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

const (
	headSize = 64 << 10
	// maxEntry is more than any entry takes. A quote or a bracket that is never
	// closed must not bring the whole file into memory.
	maxEntry = 4 << 20
	// maxZstdWindow is what the zstd program accepts without being asked to.
	maxZstdWindow = 128 << 20
)

var errTooLong = errors.New("no entry ends within 4 MB: a quote or a bracket is not closed, or this is no file of entries")

// A packing is how a file is compressed.
type packing string

const (
	plain  packing = ""
	gzipd  packing = "\x1f\x8b"
	zstand packing = "\x28\xb5\x2f\xfd"
)

// packingOf looks at how the file begins.
func packingOf(path string) (packing, error) {
	file, err := os.Open(path)
	if err != nil {
		return plain, err
	}
	defer file.Close()
	var magic [4]byte
	n, err := io.ReadFull(file, magic[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return plain, err
	}
	for _, p := range []packing{gzipd, zstand} {
		if bytes.HasPrefix(magic[:n], []byte(p)) {
			return p, nil
		}
	}
	return plain, nil
}

// A source is the text of a file from its beginning on.
type source struct {
	ctx    context.Context
	file   *os.File
	text   io.Reader
	unpack *zstd.Decoder // nil for others
	read   int64         // bytes of the file, as it is packed
	left   int           // bytes of text within which an entry must end
}

func (f *File) open(ctx context.Context) (*source, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	s := &source{ctx: ctx, file: file, left: maxEntry}
	counted := readerFunc(func(p []byte) (int, error) {
		n, err := file.Read(p)
		s.read += int64(n)
		return n, err
	})
	switch f.packed {
	case gzipd:
		s.text, err = gzip.NewReader(counted)
	case zstand:
		// One at a time, so that no goroutine reads on behind.
		s.unpack, err = zstd.NewReader(counted, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
		s.text = s.unpack
	default:
		s.text = counted
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	if s.left <= 0 {
		return 0, errTooLong
	}
	n, err := s.text.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

// found is called for each entry.
func (s *source) found() { s.left = maxEntry }

func (s *source) Close() error {
	if s.unpack != nil {
		s.unpack.Close()
	}
	return s.file.Close()
}
