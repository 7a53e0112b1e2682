package intake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// readNDJSON reads an entry from each line.
func (f *File) readNDJSON(src *source, yield func(Row) bool) error {
	lines := bufio.NewScanner(src)
	lines.Buffer(make([]byte, headSize), maxEntry)
	n := 0
	for lines.Scan() {
		n++
		line := lines.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte(byteOrderMark))
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		r, err := jsonRow(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		r.At = n
		if !yield(r) {
			return errStopped
		}
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = errTooLong
		}
		return fmt.Errorf("after line %d: %w", n, err)
	}
	return nil
}

// jsonRow reads an entry with, perhaps, its account.
func jsonRow(text []byte) (r Row, err error) {
	if err := r.UsageEntry.UnmarshalJSON(text); err != nil {
		return r, err
	}
	if !bytes.Contains(text, []byte(`"account"`)) {
		return r, nil
	}
	var of struct {
		Account string `json:"account"`
	}
	err = json.Unmarshal(text, &of)
	r.Account = of.Account
	return r, err
}

// readJSON reads an object with a list named data, or a list alone. What else is
// in the object may stand before and after the list.
func (f *File) readJSON(src *source, yield func(Row) bool) error {
	text := bufio.NewReader(src)
	if mark, _ := text.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = text.Discard(len(mark)) // cannot fail, since it was peeked
	}
	d := &document{file: f, tokens: json.NewDecoder(text), yield: yield, fields: map[string]json.RawMessage{}}
	err := d.read()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the JSON ends too early, after %d elements: is the file whole?", d.elements)
	}
	return err
}

// A document is a JSON text that is read piece by piece.
type document struct {
	file     *File
	tokens   *json.Decoder
	yield    func(Row) bool
	elements int
	fields   map[string]json.RawMessage // those of the statement
}

func (d *document) read() error {
	first, err := d.tokens.Token()
	if err != nil {
		return err
	}
	listed := first == json.Delim('[')
	if listed {
		err = d.list()
	} else {
		listed, err = d.object()
	}
	if err != nil {
		return err
	}
	if !listed {
		return errors.New(`the object has no list of entries named "data"`)
	}
	if _, err := d.tokens.Token(); err != io.EOF {
		return errors.New("something follows after the end of the JSON; import files one by one")
	}
	return nil
}

// object reads the fields of an object, and says whether the list was among them.
func (d *document) object() (listed bool, err error) {
	for d.tokens.More() {
		name, err := d.tokens.Token()
		if err != nil {
			return false, err
		}
		if name == "data" {
			start, err := d.tokens.Token()
			if err == nil && start != json.Delim('[') {
				err = errors.New(`"data" is no list`)
			}
			if err != nil {
				return false, err
			}
			if err := d.say(); err != nil {
				return false, err
			}
			if err := d.list(); err != nil {
				return false, err
			}
			listed = true
			continue
		}
		var value json.RawMessage
		if err := d.tokens.Decode(&value); err != nil {
			return false, err
		}
		switch name := name.(string); name {
		case "window", "complete", "coverage", "models", "currencies":
			d.fields[name] = value
		}
	}
	if _, err := d.tokens.Token(); err != nil { // the closing brace
		return false, err
	}
	return listed, d.say()
}

// say notes what the file says of itself, as far as it was read.
func (d *document) say() error {
	if len(d.fields) == 0 {
		return nil
	}
	text, err := json.Marshal(d.fields)
	if err != nil {
		return err
	}
	d.file.said, err = parseStatement(text)
	return err
}

// list reads entries up to the closing bracket.
func (d *document) list() error {
	for d.tokens.More() {
		var text json.RawMessage
		err := d.tokens.Decode(&text)
		r := Row{}
		if err == nil {
			r, err = jsonRow(text)
		}
		if err != nil {
			return fmt.Errorf("element %d: %w", d.elements+1, err)
		}
		d.elements++
		r.At = d.elements
		if !d.yield(r) {
			return errStopped
		}
	}
	_, err := d.tokens.Token()
	return err
}
