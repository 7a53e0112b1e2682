package api

import (
	"bytes"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"github.com/ducat-ledger/ducat/venice"
)

// rowRoom is the space set aside for a row: a little more than a row of tokens
// takes.
const rowRoom = 420

// appendRows appends entries as a JSON array.
func appendRows(b []byte, rows []venice.UsageEntry) ([]byte, error) {
	b = append(slices.Grow(b, len(rows)*rowRoom), '[')
	for i, e := range rows {
		text, err := withoutZeros(e).MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("writing an entry: %w", err)
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, text...)
	}
	return append(b, ']'), nil
}

// csvAnswer is a page as CSV, to be saved under a name.
func csvAnswer(rows []venice.UsageEntry, name string) (answer, error) {
	var b bytes.Buffer
	b.Grow((len(rows) + 1) * rowRoom / 2)
	if err := venice.WriteUsageCSV(&b, each(rows)); err != nil {
		return answer{}, err
	}
	a := newAnswer(http.StatusOK, mediaCSV, b.Bytes())
	return a.with("Content-Disposition", "attachment; filename="+name), nil
}

func each(rows []venice.UsageEntry) iter.Seq2[venice.UsageEntry, error] {
	return func(yield func(venice.UsageEntry, error) bool) {
		for _, e := range rows {
			if !yield(withoutZeros(e), nil) {
				return
			}
		}
	}
}

func withoutZeros(e venice.UsageEntry) venice.UsageEntry {
	e.PricePerUnitUSD, e.Units, e.Amount = plain(e.PricePerUnitUSD), plain(e.Units), plain(e.Amount)
	return e
}
