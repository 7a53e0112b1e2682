package focustest

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// readPart reads a data file of any form that an export may have.
func (v *validator) readPart(file string, data []byte) *part {
	p := &part{file: file, bytes: int64(len(data))}
	var err error
	switch path.Ext(file) {
	case ".parquet":
		err = p.readParquet(data)
	case ".gz":
		data, err = v.unzip(file, data)
	case ".zst":
		data, err = unzstd(data)
	case ".csv":
	default:
		err = errors.New("is no form of an export; want .csv, .csv.gz, .csv.zst or .parquet")
	}
	if err != nil {
		v.file(FileEncoding, file, "cannot be read: %v", err)
		p.unread = true
	} else if path.Ext(file) != ".parquet" {
		v.readCSV(p, data)
	}
	p.index = make(map[string]int, len(p.header))
	for i, name := range slices.Backward(p.header) {
		p.index[name] = i // of two with one name, the first
	}
	return p
}

// unzip reads a gzip file. Its header must carry no time, or two exports of the
// same books differ.
func (v *validator) unzip(file string, data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if !r.ModTime.IsZero() {
		v.file(SameTwice, file, "the gzip header carries the time %s", r.ModTime.UTC())
	}
	return io.ReadAll(r)
}

func unzstd(data []byte) ([]byte, error) {
	r, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// readCSV reads header and rows. What is wrong with the encoding is put right
// after it was reported, so that the rest can be judged.
func (v *validator) readCSV(p *part, data []byte) {
	if marked, found := bytes.CutPrefix(data, []byte("\uFEFF")); found {
		v.file(FileEncoding, p.file, "begins with a byte order mark")
		data = marked
	}
	if !utf8.Valid(data) {
		v.file(FileEncoding, p.file, "is not UTF-8")
		data = bytes.ToValidUTF8(data, []byte("?"))
	}
	if bytes.Contains(data, []byte("\r\n")) {
		v.file(FileEncoding, p.file, "has lines that end in CR LF")
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	}
	if len(data) == 0 || data[len(data)-1] != '\n' {
		v.file(FileEncoding, p.file, "does not end with a newline")
	}
	if err := p.scan(data); err != nil {
		v.file(FieldCount, p.file, "is not RFC 4180: %v", err)
		p.unread = true
	}
	for _, r := range p.rows {
		if len(r.cells) != len(p.header) {
			v.row(FieldCount, r, "", "%d fields; the header has %d", len(r.cells), len(p.header))
			p.unread = true
		}
	}
	if p.unread {
		p.rows = slices.DeleteFunc(p.rows, func(r *row) bool { return len(r.cells) != len(p.header) })
	}
}

// scan splits CSV into cells, and tells empty ones from quoted empty ones, which
// encoding/csv does not.
func (p *part) scan(data []byte) error {
	lines := bytes.Split(data, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	for number := 0; ; number++ {
		start := r.InputOffset()
		if start < int64(len(data)) && data[start] == '\n' {
			return errors.New("there is an empty line")
		}
		record, err := r.Read()
		switch {
		case errors.Is(err, io.EOF) && number == 0:
			return errors.New("there is no header")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case number == 0:
			p.header = record
			continue
		}
		cells := make([]cell, len(record))
		for i, text := range record {
			line, column := r.FieldPos(i)
			cells[i] = cell{
				text:   strings.Clone(text), // the record is one string of all
				quoted: bytes.HasPrefix(lines[line-1][column-1:], []byte(`"`)),
			}
			if text == "" && !cells[i].quoted {
				cells[i].state = null
			}
		}
		p.rows = append(p.rows, &row{part: p, place: number, cells: cells})
	}
}
