package ledgertest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A walk does random things to a store and to the reference.
type walk struct {
	*testing.T
	*rand.Rand
	store     ledger.Store
	reference *Memory
	now       time.Time
}

// moments are where entries gather: around changes of clocks, weeks and years.
var moments = []time.Time{at("2025-03-09T07:00:00Z"), at("2025-11-02T06:00:00Z"), at("2025-12-31T23:00:00Z"), at("2025-04-05T15:00:00Z")}

var walkers = []string{"default", "work", ""}

func testRandom(t *testing.T, open func(*testing.T) ledger.Store, seed uint64) {
	t.Run(fmt.Sprintf("random, seed %d", seed), func(t *testing.T) {
		t.Parallel()
		w := &walk{t, rand.New(rand.NewPCG(seed, 0)), open(t), &Memory{}, at("2026-01-05T00:00:00Z")}
		w.replace()
		for range 20 {
			w.step()
			if w.IntN(2) == 0 {
				w.compareQuery()
			} else {
				w.compareEntries()
			}
			if t.Failed() {
				return
			}
		}
		for range 6 {
			w.compareQuery()
		}
		w.compareRest()
	})
}

// step changes both in some way.
func (w *walk) step() {
	switch w.IntN(8) {
	case 0:
		w.saveBalance()
	case 1:
		w.saveKeyDay()
	default:
		w.replace()
	}
}

func pick[T any](r *rand.Rand, values []T) T { return values[r.IntN(len(values))] }

func (w *walk) instant() time.Time {
	return pick(w.Rand, moments).Add(time.Duration(w.IntN(97)-48) * 30 * time.Minute)
}

func (w *walk) window() ledger.Window {
	start := w.instant()
	return ledger.Window{Start: start, End: start.Add(time.Duration(w.IntN(30)) * time.Hour)}
}

func (w *walk) entry(in ledger.Window) venice.UsageEntry {
	e := venice.UsageEntry{
		Timestamp:       in.Start.Add(time.Duration(w.Int64N(int64(in.Length()))).Truncate(pick(w.Rand, []time.Duration{time.Microsecond, time.Millisecond, time.Hour}))),
		SKU:             pick(w.Rand, []string{outputSKU, inputSKU, imageSKU, "credit-purchase", "unknown"}),
		PricePerUnitUSD: decimal.New(w.Int64N(100), -2),
		Units:           decimal.New(w.Int64N(1e9), -9),
		Amount:          decimal.New(w.Int64N(2e9)-15e8, -int32(w.IntN(25))),
		Currency:        pick(w.Rand, []venice.Currency{venice.DIEM, venice.USD, "MOON_CREDITS"}),
		Notes:           pick(w.Rand, []string{"", "API Inference"}),
	}
	if w.IntN(3) > 0 {
		n := w.Int64N(1000)
		e.InferenceDetails = &venice.InferenceDetails{RequestID: pick(w.Rand, []string{"", "r1", "r2", "r3"}), PromptTokens: &n}
	}
	return e
}

// replace reads windows again, where some entries have come, gone or doubled.
func (w *walk) replace() {
	account := pick(w.Rand, walkers)
	var readings []ledger.Reading
	for range 1 + w.IntN(3) {
		w.now = w.now.Add(time.Duration(w.IntN(1000)) * time.Minute)
		r := ledger.Reading{Window: w.window(), ReadAt: w.now}
		if w.IntN(4) == 0 { // soon after it ended, so that stores do not join it with others
			r.ReadAt = r.Window.End.Add(time.Duration(w.IntN(60)) * time.Hour)
		}
		for _, e := range all(w.T, w.reference, ledger.Selection{Accounts: []string{account}}) {
			if !r.Window.Contains(e.Timestamp) {
				continue
			}
			for range pick(w.Rand, []int{0, 1, 1, 1, 1, 2}) {
				r.Entries = append(r.Entries, e.UsageEntry)
			}
		}
		if !r.Window.Empty() {
			for range w.IntN(12) {
				r.Entries = append(r.Entries, w.entry(r.Window))
			}
		}
		w.Shuffle(len(r.Entries), func(i, j int) { r.Entries[i], r.Entries[j] = r.Entries[j], r.Entries[i] })
		readings = append(readings, r)
	}
	want := must(w.reference.Replace(w.Context(), account, readings))(w.T)
	same(w.T, "changes", want, must(w.store.Replace(w.Context(), account, readings))(w.T))
	for _, accounts := range [][]string{nil, {account}, some(w.Rand, slices.Clone(walkers)...)} {
		same(w.T, "coverage", must(w.reference.Coverage(w.Context(), accounts...))(w.T), must(w.store.Coverage(w.Context(), accounts...))(w.T))
	}
}

func some[T any](r *rand.Rand, values ...T) []T {
	if r.IntN(2) == 0 {
		return nil
	}
	r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	return values[:1+r.IntN(len(values))]
}

func (w *walk) selection() ledger.Selection {
	s := ledger.Selection{
		Accounts:   some(w.Rand, "default", "work", "", "nobody"),
		Currencies: some(w.Rand, venice.DIEM, venice.USD, "MOON_CREDITS"),
		Models:     some(w.Rand, "zai-org-glm-5-1", "unknown", "grok-imagine-image"),
		SKUs:       some(w.Rand, outputSKU, inputSKU, imageSKU, "credit-purchase"),
	}
	if w.IntN(3) == 0 {
		s.Requests = some(w.Rand, "", "r1", "r2", "none")
	}
	s.Window = w.openWindow()
	if w.IntN(3) == 0 {
		s.AccountWindows = ledger.AccountWindows{}
		for _, account := range some(w.Rand, "default", "work", "", "nobody") {
			s.AccountWindows[account] = w.openWindow()
		}
	}
	return s
}

// openWindow is a window of which any side may be open, and which may be empty.
func (w *walk) openWindow() (window ledger.Window) {
	if w.IntN(2) == 0 {
		window.Start = w.instant()
	}
	if w.IntN(2) == 0 {
		window.End = w.instant()
	}
	return window
}

func (w *walk) compareEntries() {
	s := w.selection()
	sameEntries(w.T, fmt.Sprintf("entries of %+v", s), all(w.T, w.reference, s), all(w.T, w.store, s))
}

func (w *walk) compareQuery() {
	q := ledger.Query{
		Selection: w.selection(),
		By:        some(w.Rand, ledger.ByModel, ledger.BySKU, ledger.ByMeter, ledger.ByCurrency, ledger.ByAccount),
		Zone:      zone(w.T, pick(w.Rand, zones)),
	}
	if w.IntN(4) > 0 {
		q.By = append(q.By, pick(w.Rand, []ledger.Dimension{ledger.ByMinute, ledger.ByHour, ledger.ByDay, ledger.ByWeek, ledger.ByMonth}))
	}
	what := fmt.Sprintf("%+v", q)
	sameSums(w.T, "sums of "+what, must(w.reference.Sums(w.Context(), q))(w.T), must(w.store.Sums(w.Context(), q))(w.T))
	sameCounts(w.T, "requests of "+what, must(w.reference.Requests(w.Context(), q))(w.T), must(w.store.Requests(w.Context(), q))(w.T))
	samePrices(w.T, "prices of "+what, must(w.reference.Prices(w.Context(), q.Selection))(w.T), must(w.store.Prices(w.Context(), q.Selection))(w.T))
}

func (w *walk) saveBalance() {
	account, b := pick(w.Rand, walkers), ledger.BalanceAt{At: w.instant()}
	b.CanConsume = w.IntN(2) == 0
	b.Balances.DIEM = decimal.NullDecimal{Valid: w.IntN(2) == 0}
	b.Balances.USD = decimal.NewNullDecimal(decimal.New(w.Int64N(1e6), -4))
	for _, s := range []ledger.Store{w.store, w.reference} {
		if err := s.SaveBalance(w.Context(), account, b); err != nil {
			w.Fatal(err)
		}
	}
}

func (w *walk) saveKeyDay() {
	account, d := pick(w.Rand, walkers), ledger.KeyDay{Day: w.instant().Truncate(24 * time.Hour), ReadAt: w.now}
	for i := range w.IntN(4) {
		d.Keys = append(d.Keys, venice.KeySpend{APIKeyID: fmt.Sprint("key", i), TotalUSD: decimal.New(w.Int64N(1e6), -4)})
	}
	for _, s := range []ledger.Store{w.store, w.reference} {
		if err := s.SaveKeyDay(w.Context(), account, d); err != nil {
			w.Fatal(err)
		}
	}
}

func (w *walk) compareRest() {
	ctx, t := w.Context(), w.T
	same(t, "accounts", must(w.reference.Accounts(ctx))(t), must(w.store.Accounts(ctx))(t))
	sameEntries(t, "all entries", all(t, w.reference, ledger.Selection{}), all(t, w.store, ledger.Selection{}))
	same(t, "last balances", must(w.reference.LastBalances(ctx))(t), must(w.store.LastBalances(ctx))(t))
	same(t, "spans", must(w.reference.Spans(ctx))(t), must(w.store.Spans(ctx))(t))
	for _, account := range walkers {
		same(t, "span", must(w.reference.Spans(ctx, account))(t), must(w.store.Spans(ctx, account))(t))
		window := w.window()
		for _, before := range []time.Time{{}, window.Start, window.End} {
			same(t, "newest", must(w.reference.Newest(ctx, account, before))(t), must(w.store.Newest(ctx, account, before))(t))
		}
		same(t, "balances", must(w.reference.Balances(ctx, account, window))(t), must(w.store.Balances(ctx, account, window))(t))
		same(t, "last balance", must(w.reference.LastBalances(ctx, account))(t), must(w.store.LastBalances(ctx, account))(t))
		same(t, "totals by key", must(w.reference.KeyDays(ctx, window, account))(t), must(w.store.KeyDays(ctx, window, account))(t))
	}
}
