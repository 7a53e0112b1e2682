package dashboard_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

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
				Complete *bool
				Data     []json.RawMessage
			}
			if err := json.Unmarshal([]byte(body), &whole); err != nil {
				t.Fatal(err)
			}
			if whole.Complete == nil || !*whole.Complete {
				t.Error("json: does not say that it is complete")
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
