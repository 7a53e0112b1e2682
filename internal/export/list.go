package export

import (
	"encoding/json"
	"iter"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// WriteNDJSON writes a line for each entry, as appendTo spells it. Like
// [venice.WriteUsageCSV] it returns the error of the sequence after the entries
// before it.
func WriteNDJSON[E any](w *LineWriter, entries iter.Seq2[E, error], appendTo func([]byte, *E) []byte) error {
	for e, err := range entries {
		if err != nil {
			return err
		}
		w.buf = append(appendTo(w.buf, &e), '\n')
		if err := w.settle(); err != nil {
			return err
		}
	}
	return nil
}

// WriteList writes "data":[...] with an entry on a line, also after an error.
func WriteList[E any](w *LineWriter, entries iter.Seq2[E, error], appendTo func([]byte, *E) []byte) error {
	w.buf = append(w.buf, `"data":[`...)
	separator, end := "\n", "]"
	var failed error
	for e, err := range entries {
		if failed = err; err != nil {
			break
		}
		w.buf = append(w.buf, separator...)
		if err := w.settle(); err != nil {
			return err
		}
		w.buf = appendTo(w.buf, &e)
		separator, end = ",\n", "\n]"
	}
	w.buf = append(w.buf, end...)
	return failed
}

// WriteJSON writes one object: what it holds, and then the entries.
func WriteJSON(w *LineWriter, s Statement, entries iter.Seq2[ledger.Entry, error]) error {
	head, err := json.Marshal(s)
	if err != nil {
		return err
	}
	w.buf = append(append(w.buf, head[:len(head)-1]...), ',')
	if err := WriteList(w, entries, AppendEntry); err != nil {
		return err
	}
	_, err = w.Write([]byte("}\n"))
	return err
}
