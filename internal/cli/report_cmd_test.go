package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// keep fills a ledger: entries of June 2026 of two accounts up to a few minutes
// before noon, with a day of work that was never read, and totals by key.
func keep(ctx context.Context, store ledger.Store) error {
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, "2026-06-"+text+"Z")
		if err != nil {
			panic(err)
		}
		return when
	}
	request := 0
	entry := func(when, sku, units, amount string, currency venice.Currency) venice.UsageEntry {
		request++
		return venice.UsageEntry{Timestamp: at(when), SKU: sku, Units: dec(units), Amount: dec(amount), Currency: currency,
			PricePerUnitUSD: dec("1"), Notes: "API Inference",
			InferenceDetails: &venice.InferenceDetails{RequestID: "r" + string(rune('a'+request/2))}}
	}
	readings := map[string][]ledger.Reading{
		"home": {{Window: ledger.Window{Start: ledger.Beginning, End: at("15T11:57:00")}, ReadAt: at("15T11:57:10"), Entries: []venice.UsageEntry{
			entry("10T09:00:00", "zai-org-glm-5-1-llm-input-mtoken", "1.234567", "-1.5", venice.DIEM),
			entry("10T09:00:00.5", "zai-org-glm-5-1-llm-output-mtoken", "0.000227", "-0.00000004", venice.DIEM),
			entry("11T23:30:00", "credit-purchase", "1000", "1000", venice.USD),
			entry("12T08:00:00", "kimi-k2-7-code-llm-cache-input-mtoken", "120.5", "-1234.5", venice.USD),
			entry("12T08:00:00.25", "wan-2.5-preview-text-to-video-duration-resolution-rate-10s-720p-audio", "1", "-1.2", venice.BundledCredits),
			entry("14T23:30:00", "flux-2-pro-image-unit", "3", "-0.12", "STARDUST"),
			entry("15T10:00:00", "zai-org-glm-5-1-llm-input-mtoken", "300", "-300.25", venice.DIEM),
		}}},
		"work": {
			{Window: ledger.Window{Start: at("01T00:00:00"), End: at("13T00:00:00")}, ReadAt: at("15T09:00:00"), Entries: []venice.UsageEntry{
				entry("12T10:00:00", "kimi-k2-7-code-llm-output-mtoken", "2", "-8", venice.USD),
			}},
			{Window: ledger.Window{Start: at("14T00:00:00"), End: at("15T09:00:00")}, ReadAt: at("15T09:00:00")},
		},
	}
	for account, list := range readings {
		if _, err := store.Replace(ctx, account, list); err != nil {
			return err
		}
	}
	for n, keys := range [][]venice.KeySpend{
		{{APIKeyID: "k1", Description: "production", TotalUSD: dec("1234.5"), TotalDIEM: dec("1.5")}, {Description: "Web App", TotalDIEM: dec("0.25")}},
		{{APIKeyID: "k1", Description: "production", TotalUSD: dec("1.2"), TotalDIEM: dec("0")}},
	} {
		day := at("12T00:00:00").AddDate(0, 0, n)
		if err := store.SaveKeyDay(ctx, "home", ledger.KeyDay{Day: day, ReadAt: noon, Keys: keys}); err != nil {
			return err
		}
	}
	return nil
}

// keptFile is a file with that ledger, made once.
var keptFile = sync.OnceValues(func() (text []byte, err error) {
	folder, err := os.MkdirTemp("", "ducat-test-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "ledger.duckdb")
	store, err := duckdb.Open(path, duckdb.Options{})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(keep(context.Background(), store), store.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func keptInMemory(t *testing.T) *ledgertest.Memory {
	t.Helper()
	store := new(ledgertest.Memory)
	if err := keep(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	return store
}

// bookkeeper is a user with a ledger.
type bookkeeper struct {
	env shelf
}

func newBookkeeper(t *testing.T) *bookkeeper {
	t.Helper()
	text, err := keptFile()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ledger.duckdb")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return &bookkeeper{shelf{config.EnvLedger: path}}
}

// run carries out a command line.
func (b *bookkeeper) run(t *testing.T, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := app{
		out: stream{Writer: &stdout},
		err: stream{Writer: &stderr},
		env: func(name string) string { return b.env[name] },
		now: atNoon,
	}
	code := a.run(t.Context(), args)
	return outcome{stdout.String(), stderr.String(), code}
}

func TestReportTables(t *testing.T) {
	t.Parallel()
	store := keptInMemory(t)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	since := time.Date(2026, 6, 9, 0, 0, 0, 0, time.UTC)
	question := func(accounts string, since time.Time, by ...ledger.Dimension) report.Question {
		return report.Question{Now: noon, Query: ledger.Query{By: by, Selection: ledger.Selection{
			Accounts: strings.Fields(accounts), Window: ledger.Window{Start: since}}}}
	}
	top := question("home", since, ledger.ByDay, ledger.ByModel)
	top.Top = 1
	hours := question("home", since.AddDate(0, 0, 5), ledger.ByHour)
	hours.Zone = berlin
	nothing := question("home", since)
	nothing.Models = []string{"none"}
	stale := question("home", since, ledger.ByDay)
	stale.Now = noon.AddDate(0, 0, 4)
	for name, test := range map[string]struct {
		out stream
		q   report.Question
	}{
		"report-pipe":       {pipe, question("home", since, ledger.ByDay)},
		"report-terminal":   {terminal, question("home", since, ledger.ByDay)},
		"report-narrow":     {narrow, question("home", since, ledger.ByDay)},
		"report-two":        {plainTTY, question("home", since, ledger.ByDay, ledger.ByModel)},
		"report-two-narrow": {narrow, question("home", since, ledger.ByModel, ledger.ByMeter)},
		"report-two-pipe":   {pipe, question("home", since, ledger.ByDay, ledger.ByModel)},
		"report-top":        {plainTTY, top},
		"report-hours":      {narrow, hours},
		"report-incomplete": {plainTTY, question("home work", since, ledger.ByAccount)},
		"report-beginning":  {narrow, question("work", time.Time{}, ledger.ByMonth)},
		"report-unknown":    {narrow, question("new", since, ledger.ByDay)},
		"report-totals":     {pipe, question("home", since)},
		"report-nothing":    {terminal, nothing},
		"report-stale":      {narrow, stale},
		"report-key":        {plainTTY, question("home", since, report.ByKey)},
	} {
		golden(t, name, reportTable(test.out, askMemory(t, store, test.q), test.q.Now))
	}
}

func askMemory(t *testing.T, store ledger.Store, q report.Question) *report.Report {
	t.Helper()
	r, err := report.Ask(t.Context(), store, q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
