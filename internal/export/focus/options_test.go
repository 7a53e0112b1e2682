package focus_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// TestRefusals checks that nothing is written of what cannot be exported, and
// that the error says what is wrong.
func TestRefusals(t *testing.T) {
	t.Parallel()
	both := map[string][]venice.UsageEntry{"home": worked(), "work": worked()}
	accounts := func(home, work focus.BillingAccount) map[string]focus.BillingAccount {
		return map[string]focus.BillingAccount{"home": home, "work": work}
	}
	fine := focus.BillingAccount{ID: "acct-0001"}
	for name, test := range map[string]struct {
		options focus.Options
		says    string
	}{
		"an account without an id":                {focus.Options{Accounts: accounts(fine, focus.BillingAccount{Name: "n"})}, "account work has no billing account id"},
		"a chosen account without an id":          {focus.Options{Selection: ledger.Selection{Accounts: []string{"attic"}}}, "account attic has no billing account id"},
		"an id that a spreadsheet runs":           {focus.Options{Accounts: accounts(fine, focus.BillingAccount{ID: "=1"})}, "would run"},
		"a name with a control character":         {focus.Options{Accounts: accounts(fine, focus.BillingAccount{ID: "a", Name: "a\x00"})}, "control characters"},
		"two accounts with the same id":           {focus.Options{Accounts: accounts(fine, fine)}, "accounts home and work have the same"},
		"a version of which nothing is known":     {focus.Options{Version: "2.0"}, `unknown version "2.0"`},
		"an unknown grain":                        {focus.Options{Grain: "hour"}, `unknown grain "hour"`},
		"an unknown basis":                        {focus.Options{Basis: "cash"}, `unknown basis "cash"`},
		"an unknown allowance cost":               {focus.Options{AllowanceCost: "half"}, `unknown allowance cost "half"`},
		"an unknown profile":                      {focus.Options{Profile: "excel"}, `unknown profile "excel"`},
		"an unknown file":                         {focus.Options{File: "orc"}, `unknown file "orc"`},
		"an unknown compression":                  {focus.Options{Compress: "lzw"}, `unknown compression "lzw"`},
		"Parquet without its maker":               {focus.Options{File: focus.Parquet}, "choose CSV"},
		"compressed Parquet":                      {focus.Options{File: focus.Parquet, Compress: focus.Gzip}, "gzip is for CSV"},
		"Vantage on the prepaid basis":            {focus.Options{Profile: focus.ProfileVantage, Basis: focus.BasisPrepaid}, "choose the consumption basis"},
		"Vantage in Parquet":                      {focus.Options{Profile: focus.ProfileVantage, File: focus.Parquet, ToParquet: noParquet}, "plain CSV"},
		"Vantage compressed":                      {focus.Options{Profile: focus.ProfileVantage, Compress: focus.Zstd}, "plain CSV"},
		"an account that only the books speak of": {focus.Options{Accounts: map[string]focus.BillingAccount{"home": fine}}, "account work has no billing account id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "focus")
			_, err := focus.Export(t.Context(), books(t, both), dir, options(test.options))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %v, want one with %q", err, test.says)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("the folder was made")
			}
		})
	}
}

func noParquet(context.Context, string, string, []focus.SQLColumn) error { return nil }

func TestStreamRefusesWhatNeedsAFolder(t *testing.T) {
	t.Parallel()
	for _, o := range []focus.Options{{Profile: focus.ProfileVantage}, {File: focus.Parquet, ToParquet: noParquet}} {
		if _, err := focus.WriteCSV(t.Context(), home(t), io.Discard, options(o)); err == nil {
			t.Errorf("%+v is not refused", o)
		}
	}
}

// TestSelectedAccountNeedsNoOther exports one account of books of two.
func TestSelectedAccountNeedsNoOther(t *testing.T) {
	t.Parallel()
	rows, _ := streamed(t, books(t, map[string][]venice.UsageEntry{"home": worked(), "work": worked()}), focus.Options{
		Accounts:  map[string]focus.BillingAccount{"work": {ID: "acct-0002"}},
		Selection: ledger.Selection{Accounts: []string{"work"}, Currencies: []venice.Currency{venice.DIEM}},
	})
	if len(rows) != 1 || rows[0]["BillingAccountId"] != "acct-0002" || rows[0]["BillingAccountName"] != "" || rows[0]["PricingCurrency"] != "DIEM" {
		t.Errorf("the rows are %v", rows)
	}
}
