package intake_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/internal/intake"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// simulator is an account of so many entries in the 30 days before noon.
func simulator(t *testing.T, entries int) *venicetest.Server {
	t.Helper()
	s, err := venicetest.New(venicetest.Config{Entries: entries, Now: func() time.Time { return noon }, NoLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func clientOf(t *testing.T, s *venicetest.Server) *venice.BillingService {
	t.Helper()
	c, err := venice.NewClient(venice.WithAPIKey(s.AdminKey), venice.WithHTTPClient(&http.Client{Transport: s.Transport()}))
	if err != nil {
		t.Fatal(err)
	}
	return c.Billing
}

// asNDJSON spells rows as Venice does.
func asNDJSON(t *testing.T, entries []venicetest.Entry) string {
	t.Helper()
	var s strings.Builder
	for _, e := range entries {
		text, err := e.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		s.Write(append(text, '\n'))
	}
	return s.String()
}

const header = "timestamp,sku,pricePerUnitUsd,units,amount,currency,notes,inferenceDetails.requestId," +
	"inferenceDetails.inferenceExecutionTime,inferenceDetails.promptTokens,inferenceDetails.completionTokens"

// asCSV spells rows in Venice's columns, after the account where it has a name.
func asCSV(t *testing.T, account string, entries []venicetest.Entry) string {
	t.Helper()
	var s strings.Builder
	w := csv.NewWriter(&s)
	write := func(cells ...string) {
		if account == "" {
			cells = cells[1:]
		}
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	write(append([]string{"account"}, strings.Split(header, ",")...)...)
	count := func(n *int64) string {
		if n == nil {
			return ""
		}
		return fmt.Sprint(*n)
	}
	for _, e := range entries {
		details := make([]string, 4)
		if d := e.InferenceDetails; d != nil {
			details = []string{d.RequestID, count(d.InferenceExecutionTime), count(d.PromptTokens), count(d.CompletionTokens)}
		}
		write(append([]string{account, e.Timestamp.Format(time.RFC3339Nano), e.SKU, e.PricePerUnitUSD, e.Units, e.Amount, e.Currency, e.Notes},
			details...)...)
	}
	w.Flush()
	return s.String()
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var s bytes.Buffer
	w := gzip.NewWriter(&s)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return s.String()
}

func zstandard(t *testing.T, text string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return string(w.EncodeAll([]byte(text), nil))
}

// file writes a file and gives its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	write(t, path, text)
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// how is how a test imports.
type how struct {
	covers ledger.Window
	put    intake.PutOptions
	open   intake.Options
}

// load imports a file at noon.
func load(ctx context.Context, path string, store ledger.Store, h how) ([]*intake.Result, error) {
	f, err := intake.Open(ctx, path, h.open)
	if err != nil {
		return nil, err
	}
	survey, err := f.Survey(ctx, intake.SurveyOptions{Covers: h.covers, Now: noon, Check: store.Check})
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if h.put.Account == "" && survey.Accounts() == nil {
		h.put.Account = "default"
	}
	results, err := survey.Put(ctx, store, h.put)
	return results, errors.Join(err, f.Close())
}

// loaded imports a file of one account.
func loaded(t *testing.T, path string, store ledger.Store, h how) *intake.Result {
	t.Helper()
	results, err := load(t.Context(), path, store, h)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 1 {
		t.Fatalf("%d accounts", len(results))
	}
	return results[0]
}

// line spells an entry for a comparison.
func line(at time.Time, sku string, price, units, amount decimal.Decimal, currency, notes, request string, counts ...*int64) string {
	s := fmt.Sprint(at.UnixNano(), " ", sku, " ", price, " ", units, " ", amount, " ", currency, " ", notes, " ", request)
	for _, n := range counts {
		if n != nil {
			s += fmt.Sprint(" ", *n)
		} else {
			s += " -"
		}
	}
	return s
}

func usageLine(e *venice.UsageEntry) string {
	d := e.InferenceDetails
	if d == nil {
		d = &venice.InferenceDetails{}
	}
	return line(e.Timestamp, e.SKU, e.PricePerUnitUSD, e.Units, e.Amount, string(e.Currency), e.Notes, d.RequestID,
		d.InferenceExecutionTime, d.PromptTokens, d.CompletionTokens)
}

// booksOf is what a store has of an account: a line for each entry, sorted.
func booksOf(t *testing.T, store ledger.Store, account string) []string {
	t.Helper()
	var lines []string
	for e, err := range store.Entries(t.Context(), ledger.Selection{Accounts: []string{account}}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, usageLine(&e.UsageEntry))
	}
	slices.Sort(lines)
	return lines
}

// truth spells rows of the simulator.
func truth(entries []venicetest.Entry) []string {
	number := func(s string) decimal.Decimal {
		if s == "" {
			s = "0"
		}
		return decimal.RequireFromString(s)
	}
	var lines []string
	for _, e := range entries {
		d := e.InferenceDetails
		if d == nil {
			d = &venicetest.InferenceDetails{}
		}
		lines = append(lines, line(e.Timestamp, e.SKU, number(e.PricePerUnitUSD), number(e.Units), number(e.Amount), e.Currency, e.Notes,
			d.RequestID, d.InferenceExecutionTime, d.PromptTokens, d.CompletionTokens))
	}
	slices.Sort(lines)
	return lines
}

func sameBooks(t *testing.T, what string, store ledger.Store, account string, want []venicetest.Entry) {
	t.Helper()
	if got, want := booksOf(t, store, account), truth(want); !slices.Equal(got, want) {
		t.Errorf("%s: the books hold %d entries, expected %d, or others", what, len(got), len(want))
	}
}

func sameWindows(t *testing.T, what string, got, want []ledger.Window) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b ledger.Window) bool { return a.Start.Equal(b.Start) && a.End.Equal(b.End) }) {
		t.Errorf("%s: %v, expected %v", what, got, want)
	}
}

func coveredBy(t *testing.T, store ledger.Store, account string) ledger.Coverage {
	t.Helper()
	known, err := store.Coverage(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	return known[account]
}

// untouched is a store that no test may write to.
type untouched struct {
	ledger.Store
	t *testing.T
}

func (u untouched) Replace(context.Context, string, []ledger.Reading) ([]ledger.Change, error) {
	u.t.Error("the books were written to")
	return nil, errors.New("not to be written to")
}

func reversed(entries []venicetest.Entry) []venicetest.Entry {
	r := slices.Clone(entries)
	slices.Reverse(r)
	return r
}

// counted is a Parquet file that counts how often it is read.
type counted struct {
	entries   []venice.UsageEntry
	statement string
	reads     int
}

func (c *counted) Statement() string { return c.statement }
func (c *counted) Rows() int64       { return int64(len(c.entries)) }
func (c *counted) Close() error      { return nil }
func (c *counted) Entries(context.Context) iter.Seq2[ledger.Entry, error] {
	c.reads++
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range c.entries {
			if !yield(ledger.Entry{UsageEntry: e}, nil) {
				return
			}
		}
	}
}

// memory is a store with the entries of a file, or none.
func memory() *ledgertest.Memory { return &ledgertest.Memory{} }
