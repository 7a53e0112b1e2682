package intake_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/intake"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// entryOf is an entry as our NDJSON has it.
func entryOf(account, at, amount string) string {
	if account != "" {
		account = fmt.Sprintf(`"account":%q,`, account)
	}
	return fmt.Sprintf(`{%s"timestamp":"2026-06-%sZ","sku":"x","pricePerUnitUsd":"1","units":"2","amount":"%s","currency":"DIEM","notes":"","inferenceDetails":null}`,
		account, at, amount)
}

// exactly is a store that keeps whole amounts only.
type exactly struct{ ledger.Store }

func (exactly) Check(e *venice.UsageEntry) error {
	if !e.Amount.IsInteger() {
		return fmt.Errorf("%w: %s", ledger.ErrInexact, e.Amount)
	}
	return nil
}

// What is wrong is found before anything is written, with its place.
func TestRefused(t *testing.T) {
	t.Parallel()
	good := entryOf("", "01T10:00:00", "-1")
	row := func(cells string) string { return header + "\n2026-06-01T10:00:00Z,x,1,1,-1,USD,,,,,\n" + cells + "\n" }
	june := ledger.Window{Start: noon.AddDate(0, 0, -14), End: noon}
	for name, test := range map[string]struct {
		text   string
		covers ledger.Window
		want   []string
	}{
		"amount.csv":      {row(`2026-06-01T10:00:00Z,x,1,1,"1,5",USD,,,,,`), ledger.Window{}, []string{"line 3", "amount", "1,5"}},
		"sku.csv":         {row("2026-06-01T10:00:00Z,,1,1,1,USD,,,,,"), ledger.Window{}, []string{"line 3", "sku"}},
		"cells.csv":       {row("2026-06-01T10:00:00Z,x"), ledger.Window{}, []string{"line 3", "2, expected 11"}},
		"latin.csv":       {row("2026-06-01T10:00:00Z,x,1,1,-1,USD,caf\xe9,,,,"), ledger.Window{}, []string{"line 3", "UTF-8"}},
		"quote.csv":       {row(`"` + strings.Repeat("long\n", 1_000_000)), ledger.Window{}, []string{"4 MB"}},
		"inexact.csv":     {row("2026-06-01T10:00:00Z,x,1,1,-1.5,USD,,,,,"), ledger.Window{}, []string{"line 3", "exactly"}},
		"outside.csv":     {row("2026-06-16T10:00:00Z,x,1,1,-1,USD,,,,,"), ledger.Window{Start: june.Start, End: noon.Add(-time.Hour)}, []string{"line 2", "outside"}},
		"future.csv":      {row("2026-06-15T12:00:00.001Z,x,1,1,-1,USD,,,,,"), ledger.Window{}, []string{"line 3", "future"}},
		"ancient.csv":     {row("1969-12-31T23:59:59Z,x,1,1,-1,USD,,,,,"), ledger.Window{}, []string{"line 3", "1970"}},
		"some.csv":        {"account," + header + "\nwork,2026-06-01T10:00:00Z,x,1,1,-1,USD,,,,,\n,2026-06-01T10:00:00Z,x,1,1,-1,USD,,,,,\n", ledger.Window{}, []string{"line 3", "whose"}},
		"nothing.csv":     {header + "\n", ledger.Window{}, []string{"no entries"}},
		"number.ndjson":   {good + "\n\n" + strings.Replace(good, `"-1"`, `"-1x"`, 1), ledger.Window{}, []string{"line 3", "-1x"}},
		"currency.ndjson": {good + "\n" + strings.Replace(good, `"DIEM"`, `""`, 1), ledger.Window{}, []string{"line 2", "currency"}},
		"cut.ndjson":      {good + "\n" + good[:50], ledger.Window{}, []string{"line 2"}},
		"two.ndjson":      {good + good, ledger.Window{}, []string{"line 1"}},
		"endless.ndjson":  {good + "\n" + strings.Repeat("x", 5<<20), ledger.Window{}, []string{"after line 1", "4 MB"}},
		"element.json":    {`{"data":[` + good + `,` + good[:len(good)-1] + `,"units":[]}]}`, ledger.Window{}, []string{"element 2", "units"}},
		"cut.json":        {`{"data":[` + good, ledger.Window{}, []string{"too early", "after 1 element"}},
		"nodata.json":     {`{"entries":[` + good + `]}`, ledger.Window{}, []string{"data"}},
		"null.json":       {`{"data":null}`, ledger.Window{}, []string{"data"}},
		"more.json":       {`{"data":[` + good + `]}{"data":[]}`, ledger.Window{}, []string{"follows"}},
		"partial.json":    {`{"data":[` + good + `],"complete":false}`, ledger.Window{}, []string{"not complete", "--covers"}},
		"endless.json":    {`{"data":[{"sku":"` + strings.Repeat("x", 5<<20) + `"}]}`, ledger.Window{}, []string{"4 MB"}},
		"cut.gz":          {gzipped(t, row(""))[:60], ledger.Window{}, []string{"cut off"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := file(t, name, test.text)
			_, err := load(t.Context(), path, untouched{exactly{memory()}, t}, how{covers: test.covers})
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range append(test.want, filepath.Base(path)) {
				if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("the error does not say %q on one line: %v", want, err)
				}
			}
		})
	}
}

// What users may take for a file of entries is told what it is.
func TestDetect(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "empty",
		"\n \n":                      "empty",
		"PK\x03\x04 a spreadsheet":   "ZIP",
		"\xff\xfet\x00i\x00":         "UTF-16",
		"<!DOCTYPE html>":            "HTML",
		"12345678DUCK and the books": "ledger",
		"day,spend\n2026-06-01,1\n":  "header line",
		"\x7fELF\x00\x00":            "no file of entries",
		"PAR1":                       "cannot be read here",
		gzipped(t, "PAR1"):           "compressed Parquet",
		"BZh91AY":                    "bzip2",
		`{"data":[]}`:                "no entries",
	} {
		_, err := load(t.Context(), file(t, "x", text), untouched{memory(), t}, how{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected it to say %q", text, err, want)
		}
	}
	if _, err := intake.Open(t.Context(), t.TempDir(), intake.Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := intake.Open(t.Context(), filepath.Join(t.TempDir(), "nosuch"), intake.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// said is the statement of a file that lacks the 3rd of June of work, and all of
// home after the 2nd.
const said = `"window":{"start":null,"end":"2026-06-05T00:00:00.000Z"},"complete":false,"coverage":[
	{"account":"home","asOf":"2026-06-03T00:00:00.000Z","missing":[{"start":"2026-06-03T00:00:00.000Z","end":"2026-06-05T00:00:00.000Z"}]},
	{"account":"work","asOf":"2026-06-05T00:00:00.000Z","missing":[{"start":"2026-06-03T00:00:00.000Z","end":"2026-06-04T00:00:00.000Z"}]}]`

// A file that says what it lacks covers the rest, account by account, wherever it
// says so.
func TestStatement(t *testing.T) {
	t.Parallel()
	june := func(d int) time.Time { return time.Date(2026, 6, d, 0, 0, 0, 0, time.UTC) }
	entries := []string{entryOf("home", "02T10:00:00", "-1"), entryOf("work", "02T11:00:00", "-2"), entryOf("work", "04T11:00:00", "-3")}
	outside := append(slices.Clone(entries), entryOf("home", "03T00:00:00", "-4"))
	list := func(entries []string) string { return `"data":[` + strings.Join(entries, ",\n") + `]` }
	for name, form := range map[string]func(entries []string) (text, beside string){
		"before.json": func(e []string) (string, string) { return `{` + said + `,` + list(e) + `}`, "" },
		"after.json":  func(e []string) (string, string) { return `{` + list(e) + `,` + said + `}`, "" },
		"a.ndjson":    func(e []string) (string, string) { return strings.Join(e, "\n"), `{` + said + `}` },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			put := func(entries []string) string {
				text, beside := form(entries)
				path := file(t, name, text)
				if beside != "" {
					write(t, path+".incomplete.json", beside)
				}
				return path
			}
			store := memory()
			results, err := load(t.Context(), put(entries), store, how{})
			if err != nil {
				t.Fatal(err)
			}
			if len(results) != 2 || results[0].Fresh != 1 || results[1].Fresh != 2 || results[0].Claim != intake.ByFile {
				t.Errorf("results are %+v and %+v", results[0], results[1])
			}
			sameWindows(t, "home", coveredBy(t, store, "home").Windows(), []ledger.Window{{Start: ledger.Beginning, End: june(3)}})
			sameWindows(t, "work", coveredBy(t, store, "work").Windows(),
				[]ledger.Window{{Start: ledger.Beginning, End: june(3)}, {Start: june(4), End: june(5)}})

			_, err = load(t.Context(), put(outside), untouched{memory(), t}, how{})
			if err == nil || !strings.Contains(err.Error(), " 4: ") || !strings.Contains(err.Error(), "outside") {
				t.Errorf("an entry in what the file lacks: %v", err)
			}
			_, err = load(t.Context(), put(entries), untouched{memory(), t}, how{covers: ledger.Window{Start: june(1), End: june(5)}})
			if err == nil || !strings.Contains(err.Error(), "lacks 2026-06-03T00:00:00Z/") {
				t.Errorf("a claim against the statement: %v", err)
			}
			_, err = load(t.Context(), put(append(slices.Clone(entries), entryOf("other", "02T10:00:00", "-4"))), untouched{memory(), t}, how{})
			if err == nil || !strings.Contains(err.Error(), `"other"`) {
				t.Errorf("an account that the statement does not name: %v", err)
			}
		})
	}
}

// A statement beside a file speaks for it also when it was compressed, and a
// statement that says nothing is refused.
func TestStatementBeside(t *testing.T) {
	t.Parallel()
	one := strings.Replace(said, `{"account":"home","asOf":"2026-06-03T00:00:00.000Z","missing":[{"start":"2026-06-03T00:00:00.000Z","end":"2026-06-05T00:00:00.000Z"}]},`, "", 1)
	path := file(t, "a.csv.gz", gzipped(t, header+"\n2026-06-02T10:00:00Z,x,1,1,-1,USD,,,,,\n"))
	beside := strings.TrimSuffix(path, ".gz") + ".incomplete.json"
	write(t, beside, "{"+one+"}")
	store := memory()
	if r := loaded(t, path, store, how{}); r.Account != "work" || len(r.Filled) != 2 {
		t.Errorf("result is %+v", r)
	}
	for _, text := range []string{"", "{}", `{"complete":false}`, strings.Replace("{"+one+"}", "2026-06-05T00:00:00.000Z", "tomorrow", 1)} {
		write(t, beside, text)
		if _, err := load(t.Context(), path, untouched{memory(), t}, how{}); err == nil || !strings.Contains(err.Error(), beside) {
			t.Errorf("%q beside: %v", text, err)
		}
	}
}

// A file that changes between passes is not put.
func TestFileThatGrows(t *testing.T) {
	t.Parallel()
	text := asNDJSON(t, simulator(t, 50).Entries())
	path := file(t, "log.ndjson", text)
	f, err := intake.Open(t.Context(), path, intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	survey, err := f.Survey(t.Context(), intake.SurveyOptions{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, text+text[:strings.Index(text, "\n")+1])
	_, err = survey.Put(t.Context(), untouched{memory(), t}, intake.PutOptions{Account: "default"})
	if err == nil || !strings.Contains(err.Error(), "changed while it was read") {
		t.Errorf("error is %v", err)
	}
}

// Our CSV guards cells that a spreadsheet would take for formulas with one more
// quote, and reading takes one off.
func TestGuardedCells(t *testing.T) {
	t.Parallel()
	const row = "'=w,2026-06-01T10:00:00Z,'+sku,1,1,-1,'@USD,%s,'-id,,,\n"
	for cell, want := range map[string]string{
		"'=1+1": "=1+1", "''=1+1": "'=1+1", "'it": "'it", "''": "''", "=raw": "=raw", "it's": "it's", "'\tx": "\tx", "x'=": "x'=",
	} {
		path := file(t, "ours.csv", "account,"+header+"\n"+fmt.Sprintf(row, cell))
		for raw, wanted := range map[bool]venicetest.Entry{
			false: {SKU: "+sku", Currency: "@USD", Notes: want, InferenceDetails: &venicetest.InferenceDetails{RequestID: "-id"}, KeyID: "=w"},
			true:  {SKU: "'+sku", Currency: "'@USD", Notes: cell, InferenceDetails: &venicetest.InferenceDetails{RequestID: "'-id"}, KeyID: "'=w"},
		} {
			wanted.Timestamp, wanted.PricePerUnitUSD, wanted.Units, wanted.Amount = noon.AddDate(0, 0, -14).Add(-2*time.Hour), "1", "1", "-1"
			store := memory()
			loaded(t, path, store, how{open: intake.Options{Raw: raw}})
			sameBooks(t, fmt.Sprintf("%q, raw %t", cell, raw), store, wanted.KeyID, []venicetest.Entry{wanted})
		}
	}
}

// The context ends every pass.
func TestCancelledSurvey(t *testing.T) {
	t.Parallel()
	path := file(t, "a.ndjson", asNDJSON(t, simulator(t, 20).Entries()))
	f, err := intake.Open(t.Context(), path, intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Survey(ctx, intake.SurveyOptions{Now: noon}); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), path) {
		t.Errorf("error is %v", err)
	}
}
