package intake_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/intake"
	"github.com/ducat-ledger/ducat/internal/ledger"
)

// FuzzRead: whatever a file holds, it is refused in one line or read, and what
// was read, written again in our form, reads back the same.
func FuzzRead(f *testing.F) {
	const entry = `{"account":"work","timestamp":"2026-06-01T10:00:00.000Z","sku":"x","pricePerUnitUsd":"1.10","units":2,"amount":-0.0000001,"currency":"DIEM","notes":"é","inferenceDetails":{"requestId":"r","promptTokens":3}}`
	for _, text := range []string{
		entry, entry + "\n" + entry + "\n", `{"data":[` + entry + `]}`, `[` + entry + `,` + entry + `]`,
		`{` + strings.ReplaceAll(said, "\n", "") + `,"data":[` + entry + `]}`,
		"account," + header + "\nwork,2026-06-01T10:00:00Z,'=x,1,1,-1,USD,\"a\n\"\"b\"\"\",'-r,1,,3\n",
		header + "\n2026-06-01T10:00:00.000001Z,x,1e-3,,-12345678901234567890,USD,null,,,,0\n",
		"\ufeff" + header + "\r\n", "{}", "", "\x1f\x8b", "PAR1",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := read(t, string(text))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of several lines: %q", err)
			}
			return
		}
		if len(rows) == 0 {
			return
		}
		var again []byte
		for _, r := range rows {
			again = append(export.AppendEntry(again, &ledger.Entry{Account: r.Account, UsageEntry: r.UsageEntry}), '\n')
		}
		back, err := read(t, string(again))
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v\n%s", err, again)
		}
		same := func(a, b intake.Row) bool {
			return a.Account == b.Account && ledger.IdentityOf(&a.UsageEntry) == ledger.IdentityOf(&b.UsageEntry)
		}
		if !slices.EqualFunc(rows, back, same) {
			t.Errorf("%d rows read back as %d, or others:\n%s", len(rows), len(back), again)
		}
	})
}

// read gives the rows of a file that is accepted whole.
func read(t *testing.T, text string) ([]intake.Row, error) {
	file, err := intake.Open(t.Context(), file(t, "x", text), intake.Options{})
	if err != nil {
		return nil, err
	}
	if _, err := file.Survey(t.Context(), intake.SurveyOptions{Now: noon}); err != nil {
		return nil, err
	}
	var rows []intake.Row
	for r, err := range file.Rows(t.Context()) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}
