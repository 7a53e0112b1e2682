package cli

import (
	"io"
	"iter"
	"strconv"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/venice"
)

// writeData writes {"data":[...] and leaves the object open for more fields, also
// after an error.
func writeData(w *export.LineWriter, entries iter.Seq2[venice.UsageEntry, error]) error {
	if _, err := io.WriteString(w, "{"); err != nil {
		return err
	}
	return export.WriteList(w, entries, export.AppendUsage)
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
