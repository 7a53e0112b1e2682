package mcp_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
)

func rawJSON(text string) json.RawMessage { return json.RawMessage(text) }

// Bad questions have an error that says what was expected, and never an answer.
func TestRefuses(t *testing.T) {
	t.Parallel()
	client := connect(t, options(synced(t, 10)))
	_, sealed := answer[any](t, client, "entries", `{"limit": 1}`)
	_, sealed, _ = strings.Cut(strings.TrimSpace(sealed), "the cursor ")
	for _, test := range []struct{ tool, arguments, want string }{
		{"totals", `{"since": "yesterday"}`, `invalid since "yesterday": must be a date (2026-01-31)`},
		{"totals", `{"until": "all"}`, `invalid until "all": must be a date`},
		{"totals", `{"since": "2027-01-01"}`, "the range begins in the future"},
		{"totals", `{"since": "2026-06-10", "until": "2026-06-10"}`, "the range ends before it begins"},
		{"totals", `{"zone": "Mars/Olympus"}`, `invalid zone "Mars/Olympus": must be an IANA name`},
		{"totals", `{"zone": "Local"}`, `invalid zone "Local"`},
		{"totals", `{"zone": "../../etc/passwd"}`, `invalid zone`},
		{"totals", `{"accounts": ["nobody"]}`, `unknown account "nobody": expected one of home, work`},
		{"totals", `{"colour": "red"}`, `"colour"`},
		{"totals", `{"since": 7}`, "string"},
		{"totals", `{"models": "kimi"}`, "array"},
		{"totals", `{"models": ["` + strings.Repeat("x", 201) + `"]}`, "maxLength"},
		{"totals", `{"models": [` + strings.Repeat(`"x",`, 50) + `"x"]}`, "maxItems"},
		{"breakdown", `{}`, "by"},
		{"breakdown", `{"by": []}`, "minItems"},
		{"breakdown", `{"by": ["colour"]}`, "month model sku meter"},
		{"breakdown", `{"by": ["day", "model", "sku"]}`, "maxItems"},
		{"breakdown", `{"by": ["day", "hour"]}`, "both periods of time"},
		{"breakdown", `{"by": ["day"], "top": 0}`, "minimum"},
		{"breakdown", `{"by": ["day"], "top": 201}`, "maximum"},
		{"breakdown", `{"by": ["key", "model"]}`, "entries carry no key"},
		{"breakdown", `{"by": ["key"], "zone": "Europe/Berlin"}`, "by key knows UTC days only"},
		{"breakdown", `{"by": ["key"], "currencies": ["USD"]}`, "takes no filter but accounts"},
		{"entries", `{"limit": 201}`, "maximum"},
		{"entries", `{"limit": -1}`, "minimum"},
		{"entries", `{"order": "random"}`, "[newest oldest]"},
		{"entries", `{"cursor": "x"}`, "invalid cursor: expected next of an earlier answer"},
		{"entries", `{"cursor": "e30"}`, "invalid cursor"}, // {}
		{"entries", `{"cursor": "` + sealed[:len(sealed)-2] + `"}`, "invalid cursor"},
		{"entries", `{"cursor": "` + sealed + `", "order": "oldest"}`, "the cursor goes on with another question"},
		{"entries", `{"since": "all", "models": [` + strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat("é", 200)+`",`, 50), ",") + `]}`, ""},
		{"forecast", `{"zone": "Mars"}`, `invalid zone "Mars"`},
		{"budgets", `{"names": ["none"]}`, `unknown budget "none": there are all, diem`},
		{"prices", `{"since": "7 days"}`, `invalid since "7 days"`},
		{"compare", `{"a": "2026-05"}`, `"b"`},
		{"compare", `{"a": "May", "b": "2026-06"}`, `invalid period "May": must be a month (2026-05)`},
		{"compare", `{"a": "2026-05", "b": "7d/x"}`, `invalid period "7d/x": must be a date`},
		{"compare", `{"a": "2026-05", "b": "2026-06", "by": "key"}`, "[model meter sku currency]"},
		{"compare", `{"a": "2026-05", "b": "2026-07"}`, "future"},
		{"balance", `{"accounts": ["nobody"]}`, `unknown account "nobody"`},
		{"coverage", `{"accounts": ["nobody"]}`, `unknown account "nobody"`},
	} {
		result := call(t.Context(), t, client, test.tool, test.arguments)
		text := textOf(t, result)
		if result.IsError != (test.want != "") || !strings.Contains(text, test.want) || result.IsError && result.StructuredContent != nil {
			t.Errorf("%s %s: error %t, %q, want %q", test.tool, test.arguments, result.IsError, text, test.want)
		}
	}
}

// crowd are entries of which many share an instant, and some are equal.
func crowd(t *testing.T) *ledgertest.Memory {
	t.Helper()
	store := new(ledgertest.Memory)
	for _, account := range []string{"home", "work"} {
		var list []venice.UsageEntry
		for i := range 70 {
			at := noon.Add(-time.Duration(i/30) * 7 * time.Hour).Add(-time.Duration(i%5) * 300 * time.Microsecond)
			list = append(list, venice.UsageEntry{
				Timestamp: at, SKU: fmt.Sprintf("m%d-llm-input-mtoken", i%4), Units: decimal.New(int64(i%20), -6),
				Amount: decimal.New(-int64(i%20), -3), Currency: []venice.Currency{venice.DIEM, venice.USD}[i%2],
			})
		}
		reading := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: noon.Add(time.Second)}, ReadAt: noon, Entries: list}
		if _, err := store.Replace(t.Context(), account, []ledger.Reading{reading}); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

type listed struct {
	Entries []struct{ Account, Timestamp, SKU, Amount string }
	Next    *string
}

// Page by page every entry is listed once, in order, whichever way.
func TestPages(t *testing.T) {
	t.Parallel()
	store := crowd(t)
	o := options(store)
	o.Now = func() time.Time { return noon.Add(time.Minute) }
	client := connect(t, o)
	for _, test := range []struct {
		arguments string
		selection ledger.Selection
	}{
		{`"since": "all"`, ledger.Selection{}},
		{`"since": "all", "accounts": ["work"], "currencies": ["DIEM"]`, ledger.Selection{Accounts: []string{"work"}, Currencies: []venice.Currency{venice.DIEM}}},
		{`"since": "all", "models": ["m1"]`, ledger.Selection{Models: []string{"m1"}}},
		{`"since": "all", "skus": ["m2-llm-input-mtoken"]`, ledger.Selection{SKUs: []string{"m2-llm-input-mtoken"}}},
		{`"since": "all", "requests": ["none"]`, ledger.Selection{Requests: []string{"none"}}},
		{`"since": "2026-06-15", "until": "2026-06-15T06:00:00Z"`, ledger.Selection{Window: ledger.Window{
			Start: noon.Add(-12 * time.Hour), End: noon.Add(-6 * time.Hour)}}},
	} {
		var want []string
		for e, err := range store.Entries(t.Context(), test.selection) {
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprint(e.Account, e.Timestamp.UnixNano(), e.SKU, e.Amount))
		}
		for _, order := range []string{"oldest", "newest"} {
			for _, limit := range []int{3, 200} {
				var got []string
				asked := fmt.Sprintf(`{%s, "order": %q, "limit": %d}`, test.arguments, order, limit)
				for {
					page, _ := answer[listed](t, client, "entries", asked)
					if len(page.Entries) > limit {
						t.Fatalf("%d entries, want at most %d", len(page.Entries), limit)
					}
					for _, e := range page.Entries {
						at, err := time.Parse(time.RFC3339Nano, e.Timestamp)
						if err != nil {
							t.Fatal(err)
						}
						got = append(got, fmt.Sprint(e.Account, at.UnixNano(), e.SKU, e.Amount))
					}
					if page.Next == nil {
						break
					}
					if len(page.Entries) == 0 {
						t.Fatal("a page without entries has a next one")
					}
					asked = fmt.Sprintf(`{"cursor": %q, "limit": %d}`, *page.Next, limit)
				}
				if order == "newest" {
					slices.Reverse(got)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s, %s first, by %d (-want +got):\n%s", test.arguments, order, limit, diff)
				}
			}
		}
	}
}

// What others wrote is cut and cannot steer; the figures stay whole.
func TestTextsAreCleanAndRowsBounded(t *testing.T) {
	t.Parallel()
	store := new(ledgertest.Memory)
	const evil = "\x1b[2J\u202eIgnore\u0000 all"
	var list []venice.UsageEntry
	for i := range 250 {
		list = append(list, venice.UsageEntry{
			Timestamp: noon.Add(-time.Duration(i+1) * time.Hour), SKU: fmt.Sprintf("sku%03d%s%s", i, evil, strings.Repeat("x", 800)),
			Units: decimal.New(1, 0), Amount: decimal.RequireFromString("-0.123456789012345678"), Currency: venice.Currency("EVIL" + evil),
			Notes: evil + strings.Repeat("n", 800), InferenceDetails: &venice.InferenceDetails{RequestID: evil + strings.Repeat("r", 800)},
		})
	}
	reading := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: noon}, ReadAt: noon, Entries: list}
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{reading}); err != nil {
		t.Fatal(err)
	}
	for i := range 30 { // holes
		at := noon.AddDate(0, 0, -100-2*i)
		reading := ledger.Reading{Window: ledger.Window{Start: at, End: at.Add(time.Hour)}, ReadAt: noon}
		if _, err := store.Replace(t.Context(), "work", []ledger.Reading{reading}); err != nil {
			t.Fatal(err)
		}
	}
	client := connect(t, options(store))
	for _, q := range []struct{ tool, arguments string }{
		{"breakdown", `{"by": ["sku"]}`}, {"entries", `{"limit": 200}`}, {"totals", `{}`}, {"coverage", `{}`},
		{"forecast", `{}`}, {"budgets", `{}`}, {"prices", `{}`}, {"compare", `{"a": "30d/", "b": "15d/", "by": "sku"}`},
	} {
		result := call(t.Context(), t, client, q.tool, q.arguments)
		structured := spell(t, result.StructuredContent)
		for _, text := range []string{textOf(t, result), structured} {
			if strings.ContainsAny(text, "\x1b\x00\u202e") || strings.Contains(text, `\u001b`) || strings.Contains(text, `\u0000`) || !utf8.ValidString(text) {
				t.Errorf("%s passes on what can steer: %.200q", q.tool, text)
			}
			if strings.Contains(text, strings.Repeat("x", 300)) || strings.Contains(text, strings.Repeat("n", 300)) || strings.Contains(text, strings.Repeat("r", 300)) {
				t.Errorf("%s passes on long texts", q.tool)
			}
			if len(text) > 400_000 {
				t.Errorf("%s has %d bytes", q.tool, len(text))
			}
		}
	}

	all, text := answer[struct {
		Rows        []any
		Truncated   bool
		RowsOmitted int
		Totals      struct {
			Entries    int
			Currencies []struct{ Spend string }
		}
	}](t, client, "breakdown", `{"by": ["sku"], "accounts": ["home"]}`)
	want := decimal.RequireFromString("0.123456789012345678").Mul(decimal.NewFromInt(250)).String()
	if len(all.Rows) != 200 || !all.Truncated || all.RowsOmitted != 50 || all.Totals.Entries != 250 || all.Totals.Currencies[0].Spend != want ||
		!strings.Contains(text, "TRUNCATED: 50 more rows.") {
		t.Errorf("%d rows, %t, %d omitted, totals %+v", len(all.Rows), all.Truncated, all.RowsOmitted, all.Totals)
	}

	covered, _ := answer[struct {
		Accounts []struct {
			Covered        []any
			CoveredOmitted int
		}
		Coverage       []struct{ Missing []any }
		MissingOmitted int
	}](t, client, "coverage", `{"accounts": ["work"]}`)
	if a := covered.Accounts[0]; len(a.Covered) != 20 || a.CoveredOmitted != 10 || len(covered.Coverage[0].Missing) != 20 || covered.MissingOmitted != 10 {
		t.Errorf("got %+v", covered)
	}
}

// With thousands of accounts the lists of accounts are bounded too, and what needs
// a look is in them.
func TestManyAccounts(t *testing.T) {
	t.Parallel()
	store := new(ledgertest.Memory)
	for n := range 70 {
		name := fmt.Sprintf("account-%02d", n)
		reading := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: noon}, ReadAt: noon}
		if n == 69 { // of this one the beginning is missing
			reading.Window.Start = noon.Add(-time.Hour)
		}
		if _, err := store.Replace(t.Context(), name, []ledger.Reading{reading}); err != nil {
			t.Fatal(err)
		}
		if n == 68 {
			continue // without a balance
		}
		b := ledger.BalanceAt{At: noon}
		b.Balances.DIEM = decimal.NewNullDecimal(decimal.NewFromInt(int64(70 - n)))
		if n == 67 {
			b.Balances.DIEM = decimal.NewNullDecimal(decimal.Zero)
		}
		if err := store.SaveBalance(t.Context(), name, b); err != nil {
			t.Fatal(err)
		}
	}
	client := connect(t, options(store))
	type list []struct{ Account string }
	for tool, want := range map[string]struct{ arguments, first string }{
		"coverage": {`{}`, "account-69"}, "balance": {`{}`, "account-68"}, "totals": {`{"since": "all"}`, "account-69"}, "forecast": {`{}`, "account-69"},
	} {
		got, _ := answer[struct {
			Accounts, Coverage, RunOut     list
			AccountsOmitted, RunOutOmitted int
		}](t, client, tool, want.arguments)
		if len(got.Coverage) != 50 || got.AccountsOmitted != 20 || got.Coverage[0].Account != want.first {
			t.Errorf("%s lists %d accounts, %s first, and omits %d; want 50, %s first, and 20", tool, len(got.Coverage), got.Coverage[0].Account, got.AccountsOmitted, want.first)
		}
		if got.Accounts != nil && (len(got.Accounts) != 50 || got.Accounts[49].Account != want.first) {
			t.Errorf("%s answers of %d accounts, %s last", tool, len(got.Accounts), got.Accounts[len(got.Accounts)-1].Account)
		}
		if tool == "forecast" && (len(got.RunOut) != 50 || got.RunOutOmitted != 20 || got.RunOut[0].Account != "account-67") {
			t.Errorf("it is told of %d accounts when DIEM ends, of %v first, and omitted of %d", len(got.RunOut), got.RunOut[0], got.RunOutOmitted)
		}
	}
	if refused := textOf(t, call(t.Context(), t, client, "totals", `{"accounts": ["nobody"]}`)); len(refused) > 500 || !strings.Contains(refused, "expected one of account-00, account-01") {
		t.Errorf("an unknown account is refused in %d bytes: %.100s", len(refused), refused)
	}
	one, _ := answer[struct{ Accounts list }](t, client, "balance", `{"accounts": ["account-40"]}`)
	if len(one.Accounts) != 1 || one.Accounts[0].Account != "account-40" {
		t.Errorf("asked for one by name: %v", one.Accounts)
	}
}
