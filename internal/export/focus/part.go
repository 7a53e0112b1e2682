package focus

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"

	"github.com/klauspost/compress/zstd"
)

// extensions of CSV files, by compression.
var extensions = map[string]string{Plain: ".csv", Gzip: ".csv.gz", Zstd: ".csv.zst"}

// compressed wraps a writer. The same input gives the same bytes, so the
// compressors are told neither the time nor to work side by side. Closing it
// leaves the writer open.
func compressed(to io.Writer, compression string) (io.WriteCloser, error) {
	switch compression {
	case Gzip:
		return gzip.NewWriter(to), nil
	case Zstd:
		return zstd.NewWriter(to, zstd.WithEncoderConcurrency(1))
	}
	return buffered{bufio.NewWriter(to)}, nil
}

type buffered struct{ *bufio.Writer }

func (b buffered) Close() error { return b.Flush() }

// A table writes records as CSV below a header, and counts.
type table struct {
	to          io.WriteCloser
	line        bytes.Buffer
	csv         *csv.Writer
	rows, bytes int64 // without the header, and with it; before compression
}

func newTable(to io.Writer, compression string, columns []column) (*table, error) {
	wrapped, err := compressed(to, compression)
	if err != nil {
		return nil, err
	}
	t := &table{to: wrapped}
	t.csv = csv.NewWriter(&t.line)
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.name
	}
	if err := t.spell(header); err != nil {
		return nil, err
	}
	return t, t.put()
}

// spell makes the line of a record, which put writes.
func (t *table) spell(record []string) error {
	if err := t.csv.Write(record); err != nil {
		return err
	}
	t.csv.Flush()
	return t.csv.Error()
}

func (t *table) put() error {
	n, err := t.line.WriteTo(t.to)
	t.bytes += n
	return err
}

func (t *table) write(record []string) error {
	if err := t.spell(record); err != nil {
		return err
	}
	t.rows++
	return t.put()
}

// close ends the compression.
func (t *table) close() error { return t.to.Close() }
