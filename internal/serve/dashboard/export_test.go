package dashboard_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/dashboard"
	"github.com/ducat-ledger/ducat/venice"
)

// Parquet and FOCUS are there where they can be made, and not for a search, which
// they cannot tell of.
func TestExportsThatNeedMore(t *testing.T) {
	t.Parallel()
	server := simulated(t, 12, 300)
	store := new(ledgertest.Memory)
	synced(t, store, "home", server)
	var asked ledger.Selection
	h := let(dashboard.New(dashboard.Options{
		Books: store, Now: atNoon, Billing: map[string]focus.BillingAccount{"home": {ID: "acct-7"}},
		Parquet: func(_ context.Context, _ ledger.Snapshot, s ledger.Selection, path, note string) error {
			asked = s
			return os.WriteFile(path, []byte("PAR1 "+note), 0o600)
		},
	}), access.Viewer{})
	page := get(t, h, "/?currency=DIEM").Body.String()
	searched := get(t, h, "/?currency=DIEM&q=llm").Body.String()
	for _, file := range []string{"entries.parquet", "focus.csv"} {
		if !strings.Contains(page, "/export/"+file+"?currency=DIEM") {
			t.Errorf("there is no link to %s", file)
		}
		if strings.Contains(searched, file) || get(t, h, "/export/"+file+"?q=llm").Code != http.StatusNotFound {
			t.Errorf("%s is offered for a search", file)
		}
		if get(t, shown(store), "/export/"+file).Code != http.StatusNotFound {
			t.Errorf("%s is offered where nothing makes it", file)
		}
	}
	w := get(t, h, "/export/entries.parquet?currency=DIEM")
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "PAR1 {\"window\"") || !strings.Contains(w.Body.String(), `"currencies":["DIEM"]`) ||
		len(asked.Currencies) != 1 {
		t.Errorf("%d: %.300s, of %+v", w.Code, w.Body, asked)
	}
	rows, err := csv.NewReader(strings.NewReader(get(t, h, "/export/focus.csv?currency=DIEM").Body.String())).ReadAll()
	if err != nil || len(rows) < 10 || rows[0][0] != "BilledCost" || rows[1][1] != "acct-7" {
		t.Errorf("FOCUS has %d rows, %v: %.300v", len(rows), err, rows)
	}
}

// Each form has the entries of the server in the range and with the filters of
// the view, in order.
func TestExports(t *testing.T) {
	t.Parallel()
	server := simulated(t, 11, 1500)
	store := new(ledgertest.Memory)
	synced(t, store, "home", server)
	h := shown(store)
	start := noon.AddDate(0, 0, -20)
	var want []string
	for _, e := range server.Entries() {
		if !e.Timestamp.Before(start) && e.Currency == "DIEM" && strings.Contains(e.SKU, "llm") {
			want = append(want, e.Timestamp.UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z")+" "+decimalOf(e.Amount).String())
		}
	}
	if len(want) < 20 {
		t.Fatalf("only %d entries to export", len(want))
	}
	const query = "?since=20d&currency=DIEM&q=llm"
	for form, read := range map[string]func(string) []string{
		"csv": func(body string) (got []string) {
			entries, err := venice.ReadUsageCSV(strings.NewReader(body)), error(nil)
			for e, failed := range entries {
				if err = failed; err != nil {
					t.Fatal(err)
				}
				got = append(got, e.Timestamp.Format("2006-01-02T15:04:05.000Z")+" "+e.Amount.String())
			}
			return got
		},
		"ndjson": func(body string) (got []string) {
			for line := range strings.Lines(body) {
				got = append(got, jsonEntry(t, []byte(line)))
			}
			return got
		},
		"json": func(body string) (got []string) {
			var whole struct {
				Complete   *bool
				Search     string
				Currencies []string
				Data       []json.RawMessage
			}
			if err := json.Unmarshal([]byte(body), &whole); err != nil {
				t.Fatal(err)
			}
			if whole.Complete == nil || !*whole.Complete || whole.Search != "llm" || len(whole.Currencies) != 1 {
				t.Error("json: does not say what it holds")
			}
			for _, entry := range whole.Data {
				got = append(got, jsonEntry(t, entry))
			}
			return got
		},
	} {
		w := get(t, h, "/export/entries."+form+query)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", form, w.Code, w.Body)
		}
		got := read(w.Body.String())
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %d entries, want %d, or in another order", form, len(got), len(want))
		}
		if name := `filename="ducat-2026-06-04-until-2026-06-24T1200.` + form + `"`; !strings.Contains(w.Header().Get("Content-Disposition"), name) ||
			w.Header().Get("Ducat-Complete") != "true" {
			t.Errorf("%s: headers %v, want %s", form, w.Header(), name)
		}
	}
}

func jsonEntry(t *testing.T, text []byte) string {
	t.Helper()
	var e struct{ Timestamp, Amount string }
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	return e.Timestamp + " " + e.Amount
}

// A range that is not complete is marked; several accounts are told apart.
func TestExportOfAPart(t *testing.T) {
	t.Parallel()
	store := new(ledgertest.Memory)
	for _, account := range []string{"home", "work"} {
		w := ledger.Window{Start: noon.Add(-48 * time.Hour), End: noon.Add(-24 * time.Hour)}
		entry := venice.UsageEntry{Timestamp: w.Start, SKU: "=cmd()", Currency: venice.USD, Amount: decimalOf("-1")}
		if _, err := store.Replace(t.Context(), account, []ledger.Reading{{Window: w, Entries: []venice.UsageEntry{entry}, ReadAt: noon}}); err != nil {
			t.Fatal(err)
		}
	}
	w := get(t, shown(store), "/export/entries.csv?since=7d&until=2026-06-24")
	if disposition := w.Header().Get("Content-Disposition"); !strings.Contains(disposition, ".incomplete.csv") || w.Header().Get("Ducat-Complete") != "false" {
		t.Errorf("headers %v", w.Header())
	}
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || rows[0][0] != "account" || rows[1][0] != "home" || rows[2][0] != "work" || rows[1][2] != "'=cmd()" {
		t.Errorf("rows %q", rows)
	}
	for path, want := range map[string]int{"/export/entries.exe": http.StatusNotFound, "/export/entries.csv?since=x": http.StatusBadRequest} {
		if w := get(t, shown(store), path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if w := get(t, shown(new(ledgertest.Memory)), "/export/entries.csv"); w.Code != http.StatusNotFound {
		t.Errorf("of empty books: %d", w.Code)
	}
}
