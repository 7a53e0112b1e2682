package cli

import (
	"iter"
	"strconv"

	"github.com/ducat-ledger/ducat/venice"
)

// writeNDJSON writes a line for each entry. Like [venice.WriteUsageCSV] it
// returns the error of the sequence after the entries before it.
func writeNDJSON(w *lineWriter, entries iter.Seq2[venice.UsageEntry, error]) error {
	for e, err := range entries {
		if err != nil {
			return err
		}
		w.buf = append(appendEntry(w.buf, &e), '\n')
		if err := w.settle(); err != nil {
			return err
		}
	}
	return nil
}

// writeJSONList writes {"data":[...] with an entry on a line, and leaves the
// object open for more fields, also after an error.
func writeJSONList(w *lineWriter, entries iter.Seq2[venice.UsageEntry, error]) error {
	w.buf = append(w.buf, `{"data":[`...)
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
		w.buf = appendEntry(w.buf, &e)
		separator, end = ",\n", "\n]"
	}
	w.buf = append(w.buf, end...)
	return failed
}

// appendPageFields appends what follows the entries of a page, and ends it.
func appendPageFields(b []byte, page *venice.UsagePage) []byte {
	b = append(b, `,"page":`...)
	b = strconv.AppendInt(b, int64(page.Page), 10)
	b = append(b, `,"limit":`...)
	b = strconv.AppendInt(b, int64(page.Limit), 10)
	b = append(b, `,"hasMore":`...)
	b = strconv.AppendBool(b, page.HasMore)
	b = append(b, `,"totals":`...)
	if page.Totals == nil {
		return append(b, "null}\n"...)
	}
	b = append(b, `{"entries":`...)
	b = strconv.AppendInt(b, int64(page.Totals.Entries), 10)
	b = append(b, `,"pages":`...)
	b = strconv.AppendInt(b, int64(page.Totals.Pages), 10)
	return append(b, "}}\n"...)
}
