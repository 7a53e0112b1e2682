package export_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// The text is the contract of docs/json.md.
func TestJSONSaysFirstWhatItHolds(t *testing.T) {
	t.Parallel()
	june := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	statement := export.NewStatement(&report.Report{
		Window:   ledger.Window{Start: ledger.Beginning, End: june},
		Coverage: []report.Coverage{{Account: "work", AsOf: june, Missing: []ledger.Window{{Start: june.AddDate(0, -1, 0), End: june}}}, {Account: "new"}},
	}, ledger.Selection{Accounts: []string{"work", "new"}, Window: ledger.Window{Start: ledger.Beginning, End: june}, Models: []string{"m"}})
	for name, test := range map[string]struct {
		entries []ledger.Entry
		want    string
	}{
		"none": {nil, `{"window":{"start":null,"end":"2026-06-01T00:00:00.000Z"},"complete":false,"coverage":[{"account":"work","asOf":"2026-06-01T00:00:00.000Z","missing":[{"start":"2026-05-01T00:00:00.000Z","end":"2026-06-01T00:00:00.000Z"}]},{"account":"new","asOf":null,"missing":[]}],"models":["m"],"currencies":[],"search":"","data":[]}` + "\n"},
		"two":  {[]ledger.Entry{entry(nil), entry(func(e *ledger.Entry) { e.InferenceDetails = nil })}, ""},
	} {
		var out bytes.Buffer
		w := export.NewLineWriter(&out)
		if err := errors.Join(export.WriteJSON(w, statement, sequence(nil, test.entries...)), w.Flush()); err != nil {
			t.Fatal(err)
		}
		if test.want != "" && out.String() != test.want {
			t.Errorf("%s:\n got %s\nwant %s", name, &out, test.want)
		}
		var read struct {
			Data []struct{ Account, Amount string }
		}
		if err := json.Unmarshal(out.Bytes(), &read); err != nil {
			t.Fatalf("%s: %v in %s", name, err, &out)
		}
		var got []string
		for _, e := range read.Data {
			got = append(got, e.Account+" "+e.Amount)
		}
		var want []string
		for range test.entries {
			want = append(want, "work -0.0168192")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
