package cli

import (
	"bytes"
	"encoding/json"
	"io"
)

// writeJSON prints v, on one line unless there is an indent.
func writeJSON(w io.Writer, indent string, v any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(text.Bytes())
	return err
}

// notEmpty makes "" into JSON's null.
func notEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
