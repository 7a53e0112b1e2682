package focus

import (
	"bytes"
	"encoding/csv"
	"io"

	"github.com/ducat-ledger/ducat/internal/export"
)

// extensions of CSV files, by compression.
var extensions = map[export.Compression]string{export.Plain: ".csv", export.Gzip: ".csv.gz", export.Zstd: ".csv.zst"}

// A table writes records as CSV below a header, and counts.
type table struct {
	to          io.WriteCloser
	line        bytes.Buffer
	csv         *csv.Writer
	rows, bytes int64 // without the header, and with it; before compression
}

func newTable(to io.Writer, compression export.Compression, columns []column) (*table, error) {
	wrapped, err := compression.Writer(to)
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
