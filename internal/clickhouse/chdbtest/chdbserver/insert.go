package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"

	"github.com/ClickHouse/ch-go/proto"
)

// insertion is a statement whose rows come after it, as the driver writes it.
var insertion = regexp.MustCompile("(?is)^\\s*INSERT\\s+INTO\\s+(?:TABLE\\s+)?" +
	"((?:`[^`]+`|\"[^\"]+\"|\\w+)(?:\\s*\\.\\s*(?:`[^`]+`|\"[^\"]+\"|\\w+))?)" + // table
	"\\s*(?:\\((.*?)\\))?" + // columns
	"\\s*(SETTINGS\\s.*?)?\\s*FORMAT\\s+Native\\s*;?\\s*$")

// asks is a statement that has an answer, is no SELECT, and changes nothing.
var asks = regexp.MustCompile(`(?i)^\s*(SHOW|DESC|DESCRIBE|EXISTS|EXPLAIN)\b`)

// An insert is an INSERT in pieces.
type insert struct{ table, columns, settings string }

func (i insert) fields(c *connection) ([]field, error) {
	columns := i.columns
	if columns == "" {
		columns = "*"
	}
	answer, err := c.query("DESCRIBE (SELECT "+columns+" FROM "+i.table+")", "JSONEachRow")
	if err != nil {
		return nil, err
	}
	var fields []field
	for lines := json.NewDecoder(bytes.NewReader(answer)); ; {
		var f field
		if err := lines.Decode(&f); errors.Is(err, io.EOF) {
			return fields, nil
		} else if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
}

// from is the statement that reads the rows from the file.
func (i insert) from(file string) string {
	text := "INSERT INTO " + i.table
	if i.columns != "" {
		text += " (" + i.columns + ")"
	}
	return text + " FROM INFILE " + quoted(file) + " " + i.settings + " FORMAT Native"
}

// insert takes the client's rows to a file, and only when it has them all has the
// engine read them: a client that leaves before that has inserted nothing.
func (s *session) insert(c *connection, i insert, tag string) error {
	fields, err := i.fields(c)
	if err != nil {
		return err
	}
	if err := s.sendHeader(fields); err != nil {
		return err
	}
	file, err := os.CreateTemp(s.folder, "rows")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	rows, err := s.spool(file)
	if err := errors.Join(err, file.Close()); err != nil || rows == 0 {
		return err
	}
	return s.cancellable(tag, func() error {
		_, err := c.query(i.from(file.Name()), "Null")
		return err
	})
}

func (s *session) spool(to io.Writer) (rows int, err error) {
	for block := new(proto.Buffer); ; block.Reset() {
		got, err := s.receive(block)
		if err != nil || got.columns == 0 {
			return rows, err
		}
		if got.rows == 0 {
			continue
		}
		rows += got.rows
		if _, err := to.Write(block.Buf); err != nil {
			return rows, err
		}
	}
}
