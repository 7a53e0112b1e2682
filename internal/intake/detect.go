package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// others are files that users may take for one of entries, by how they begin.
var others = []struct{ magic, what string }{
	{"PK\x03\x04", "is a ZIP archive or a spreadsheet: unpack it, or save it as CSV (UTF-8)"},
	{"BZh", "is compressed with bzip2: decompress it first (gzip and zstd are read as they are)"},
	{"\xfd7zXZ", "is compressed with xz: decompress it first (gzip and zstd are read as they are)"},
	{"\xff\xfe", "is text in UTF-16: save it as UTF-8"},
	{"\xfe\xff", "is text in UTF-16: save it as UTF-8"},
	{"<", "is HTML or XML: save Venice's CSV or JSON itself"},
}

var errNoEntries = errors.New("is no file of entries: expected CSV with a header line (timestamp,sku,...,amount,currency,...), " +
	"JSON with a list named data, JSON with an entry on each line, or Parquet of 'ducat export'")

const byteOrderMark = "\ufeff"

// detect tells the form of a text by how it begins. The error goes on after the
// file's name.
func detect(head []byte, whole bool) (Form, error) {
	if bytes.HasPrefix(head, []byte("PAR1")) {
		return Parquet, nil
	}
	if len(head) > 12 && string(head[8:12]) == "DUCK" {
		return "", errors.New("is a DuckDB file: a ledger is not imported, but used by naming it in DUCAT_LEDGER")
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte(byteOrderMark)), " \t\r\n")
	if len(text) == 0 && whole {
		return "", errors.New("is empty: expected at least a header line, or {\"data\":[]}")
	}
	for _, o := range others {
		if bytes.HasPrefix(text, []byte(o.magic)) {
			return "", errors.New(o.what)
		}
	}
	switch {
	case len(text) == 0:
		return "", errNoEntries
	case text[0] == '{':
		return jsonForm(text), nil
	case text[0] == '[':
		return JSON, nil
	}
	header, _, cut := bytes.Cut(text, []byte("\n"))
	if !cut && !whole || bytes.IndexByte(header, 0) >= 0 || !utf8.Valid(header) {
		return "", errNoEntries
	}
	columns := strings.ToLower(string(header))
	if !strings.Contains(columns, "timestamp") || !strings.Contains(columns, "amount") {
		return "", errNoEntries
	}
	return CSV, nil
}

// jsonForm tells an entry on a line from an object that holds a list of them, by
// its first field.
func jsonForm(text []byte) Form {
	tokens := json.NewDecoder(bytes.NewReader(text))
	_, _ = tokens.Token() // the brace
	name, err := tokens.Token()
	ofEntry := []string{"account", "timestamp", "sku", "pricePerUnitUsd", "units", "amount", "currency", "notes", "inferenceDetails"}
	if field, ok := name.(string); err == nil && ok && slices.Contains(ofEntry, field) {
		return NDJSON
	}
	return JSON
}
