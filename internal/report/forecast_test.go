package report_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// wednesday is where the books of these tests end.
var wednesday = time.Date(2026, 6, 17, 14, 0, 0, 0, time.UTC)

// spending are books with an entry every step of time from one instant to before
// another, of what amount says; the account's DIEM was read at the end.
func spending(t *testing.T, kind storeKind, from, to time.Time, step time.Duration, amount func(time.Time) string, left string) ledger.Store {
	t.Helper()
	store := kind.open(t)
	reading := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: to}, ReadAt: to}
	for at := from; at.Before(to); at = at.Add(step) {
		if a := amount(at); a != "0" {
			reading.Entries = append(reading.Entries, venice.UsageEntry{Timestamp: at, SKU: "glm-llm-output-mtoken",
				Units: dec("1"), Amount: dec(a).Neg(), Currency: venice.DIEM})
		}
	}
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{reading}); err != nil {
		t.Fatal(err)
	}
	balance := ledger.BalanceAt{At: to, Balance: venice.Balance{DIEMEpochAllocation: dec("100"),
		Balances: venice.Balances{DIEM: decimal.NewNullDecimal(dec(left))}}}
	if err := store.SaveBalance(t.Context(), "home", balance); err != nil {
		t.Fatal(err)
	}
	return store
}

func foresee(t *testing.T, store ledger.Books, s report.Scope) *report.Forecast {
	t.Helper()
	f, err := report.Foresee(t.Context(), store, s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func always(amount string) func(time.Time) string { return func(time.Time) string { return amount } }

func working(at time.Time) string {
	if hour := at.Hour(); at.Weekday() != time.Saturday && at.Weekday() != time.Sunday && hour >= 9 && hour < 17 {
		return "2"
	}
	return "0"
}

// The figures are reckoned by hand: until the end of the epoch ten hours are
// left, until that of June 13 days and ten hours.
func TestForecastOfKnownSeries(t *testing.T) { onEveryStore(t, testForecastOfKnownSeries) }

func testForecastOfKnownSeries(t *testing.T, kind storeKind) {
	const day = 24 * time.Hour
	weeks := func(n int) time.Time { return wednesday.AddDate(0, 0, -7*n) }
	for name, test := range map[string]struct {
		from         time.Time
		step         time.Duration
		amount       func(time.Time) string
		left         string
		now          time.Time
		method       report.Method
		epoch, month string // spent, expected, total, low and high
		out          string // at the forecast; at the present rate
	}{
		"flat": {weeks(10), 30 * time.Minute, always("0.5"), "4", wednesday, report.HourOfWeek,
			"14 10 24 24 24", "398 322 720 720 720", "runs-out 18:00; runs-out 18:00"},
		"flat, and seen ten minutes later": {weeks(10), 30 * time.Minute, always("0.5"), "4", wednesday.Add(10 * time.Minute), report.HourOfWeek,
			"14 10 24 24 24", "398 322 720 720 720", "runs-out 18:00; runs-out 18:00"},
		"flat, and more than the epoch needs": {weeks(10), 30 * time.Minute, always("0.5"), "10.5", wednesday, report.HourOfWeek,
			"14 10 24 24 24", "398 322 720 720 720", "not-before-reset ; not-before-reset "},
		"flat, and nothing left": {weeks(10), 30 * time.Minute, always("0.5"), "-0.01", wednesday, report.HourOfWeek,
			"14 10 24 24 24", "398 322 720 720 720", "is-out ; is-out "},
		// Three hours of this Wednesday and nine whole days are left of June's work, five
		// hours and 12 days are done.
		"by the week": {weeks(10), time.Hour, working, "5", wednesday, report.HourOfWeek,
			"10 6 16 16 16", "202 150 352 352 352", "runs-out 16:30; runs-out 16:30"},
		// The days of this account were all work days: Thursday to Wednesday without the
		// weekend's hours would be a week; from Monday on it is three.
		"by the day": {time.Date(2026, 6, 14, 9, 0, 0, 0, time.UTC), time.Hour, func(at time.Time) string {
			if at.Hour() >= 9 && at.Hour() < 17 {
				return "2"
			}
			return "0"
		}, "100", wednesday, report.HourOfDay, "10 6 16 - -", "58 214 272 - -", "not-before-reset ; not-before-reset "},
		"an account of hours": {wednesday.Add(-5 * time.Hour), 20 * time.Minute, always("0.25"), "1.5", wednesday, report.Flat,
			"3.75 7.5 11.25 - -", "3.75 241.5 245.25 - -", "runs-out 16:00; runs-out 16:00"},
		"an account of half an hour": {wednesday.Add(-30 * time.Minute), 10 * time.Minute, always("0.25"), "1.5", wednesday, report.NoMethod,
			"0.75 - - - -", "0.75 - - - -", "unknown ; runs-out 16:00"},
		"seen when the books are old": {weeks(10), 30 * time.Minute, always("0.5"), "4", wednesday.Add(2 * time.Hour), report.HourOfWeek,
			"14 10 24 24 24", "398 322 720 720 720", "runs-out 18:00; unknown "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := spending(t, kind, test.from, wednesday, test.step, test.amount, test.left)
			f := foresee(t, store, report.Scope{Now: test.now})
			if f.Method != test.method || !f.AsOf.Equal(wednesday) || !f.Complete {
				t.Errorf("method %s as of %s, complete %v", f.Method, f.AsOf, f.Complete)
			}
			for i, want := range map[int]string{0: test.epoch, 1: test.epoch, 2: test.month} {
				o := f.Outlooks[i]
				if got := estimateText(o.Dollars); got != want {
					t.Errorf("%s: %s, want %s", o.Period, got, want)
				}
				if len(o.Currencies) != 1 || estimateText(o.Currencies[0].Estimate) != want {
					t.Errorf("%s: currencies %v", o.Period, o.Currencies)
				}
				if (o.NoRange != "") != (test.method != report.NoMethod && !o.Dollars.Low.Valid) || (o.NoForecast != "") != !o.Dollars.Total.Valid {
					t.Errorf("%s: no range: %q, no forecast: %q", o.Period, o.NoRange, o.NoForecast)
				}
			}
			r := f.RunOuts[0]
			if got := exhaustionText(r.Forecast) + "; " + exhaustionText(r.PresentRate); got != test.out {
				t.Errorf("DIEM is said to end: %s (%s, %s), want %s", got, r.Forecast.Why, r.PresentRate.Why, test.out)
			}
			if want := wednesday.Truncate(day).Add(day); !r.Resets.Equal(want) {
				t.Errorf("resets at %s, want %s", r.Resets, want)
			}
		})
	}
}

func estimateText(e report.Estimate) string {
	text := e.Spent.String()
	for _, d := range []decimal.NullDecimal{e.Expected, e.Total, e.Low, e.High} {
		if d.Valid {
			text += " " + d.Decimal.Round(9).String()
		} else {
			text += " -"
		}
	}
	return text
}

func exhaustionText(e report.Exhaustion) string {
	if e.At.IsZero() {
		return string(e.Verdict) + " "
	}
	return string(e.Verdict) + " " + e.At.Round(time.Second).Format("15:04")
}

// When an epoch has ended since the balance was read, nothing is known of the new
// one; when the balance is of the new one, its DIEM is.
func TestRunOutAcrossReset(t *testing.T) { onEveryStore(t, testRunOutAcrossReset) }

func testRunOutAcrossReset(t *testing.T, kind storeKind) {
	midnight := time.Date(2026, 6, 18, 0, 0, 0, 0, time.UTC)
	end := midnight.Add(-10 * time.Minute)
	store := spending(t, kind, end.AddDate(0, 0, -70), end, 10*time.Minute, always("1"), "0.5")
	runOut := func(now time.Time) report.RunOut { return foresee(t, store, report.Scope{Now: now}).RunOuts[0] }
	if got := exhaustionText(runOut(end).Forecast); got != "runs-out 23:55" {
		t.Errorf("before the reset: %s", got)
	}
	if got := runOut(midnight.Add(time.Minute)); got.Forecast.Verdict != report.Unknown || got.PresentRate.Verdict != report.Unknown || got.Forecast.Why == "" {
		t.Errorf("after it: %+v", got)
	}
	f := foresee(t, store, report.Scope{Now: midnight.Add(time.Minute)})
	if f.Complete || f.Outlooks[0].Unknown == "" || f.Outlooks[2].Unknown != "" {
		t.Errorf("complete %v, outlooks %+v", f.Complete, f.Outlooks)
	}
	balance := ledger.BalanceAt{At: midnight.Add(5 * time.Minute), Balance: venice.Balance{Balances: venice.Balances{DIEM: decimal.NewNullDecimal(dec("72"))}}}
	if err := store.SaveBalance(t.Context(), "home", balance); err != nil {
		t.Fatal(err)
	}
	if got := exhaustionText(runOut(midnight.Add(5 * time.Minute)).Forecast); got != "runs-out 12:05" {
		t.Errorf("with the balance of the new epoch: %s", got)
	}
}

// What was spent in DIEM since the balance was read is taken off it.
func TestRunOutOfAnOlderBalance(t *testing.T) { onEveryStore(t, testRunOutOfAnOlderBalance) }

func testRunOutOfAnOlderBalance(t *testing.T, kind storeKind) {
	store := spending(t, kind, wednesday.AddDate(0, 0, -70), wednesday, 10*time.Minute, always("1"), "100")
	older := ledger.BalanceAt{At: wednesday.Add(-2 * time.Hour), Balance: venice.Balance{Balances: venice.Balances{DIEM: decimal.NewNullDecimal(dec("18"))}}}
	fresh := kind.open(t)
	reading := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: wednesday}, ReadAt: wednesday}
	for e, err := range store.Entries(t.Context(), ledger.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		reading.Entries = append(reading.Entries, e.UsageEntry)
	}
	if _, err := fresh.Replace(t.Context(), "home", []ledger.Reading{reading}); err != nil {
		t.Fatal(err)
	}
	if got := foresee(t, fresh, report.Scope{Now: wednesday}).RunOuts[0]; got.Forecast.Verdict != report.Unknown {
		t.Errorf("without a balance: %+v", got)
	}
	if err := fresh.SaveBalance(t.Context(), "home", older); err != nil {
		t.Fatal(err)
	}
	r := foresee(t, fresh, report.Scope{Now: wednesday}).RunOuts[0]
	if got := exhaustionText(r.Forecast); got != "runs-out 15:00" || r.Left.Decimal.String() != "6" {
		t.Errorf("%s with %s left, want 15:00 with 6", got, r.Left.Decimal)
	}
}

// Right after a sync the balance is newer than the present of whoever counts in
// whole seconds, or has another clock; it is not of the future for that.
func TestRunOutOfABalanceReadJustNow(t *testing.T) { onEveryStore(t, testRunOutOfABalanceReadJustNow) }

func testRunOutOfABalanceReadJustNow(t *testing.T, kind storeKind) {
	for ahead, want := range map[time.Duration]report.Verdict{
		0: report.RunsOut, 900 * time.Millisecond: report.RunsOut, 20 * time.Second: report.RunsOut, 2 * time.Hour: report.Unknown,
	} {
		store := spending(t, kind, wednesday.AddDate(0, 0, -70), wednesday, 10*time.Minute, always("1"), "6")
		newer := ledger.BalanceAt{At: wednesday.Add(ahead), Balance: venice.Balance{Balances: venice.Balances{DIEM: decimal.NewNullDecimal(dec("6"))}}}
		if err := store.SaveBalance(t.Context(), "home", newer); err != nil {
			t.Fatal(err)
		}
		if r := foresee(t, store, report.Scope{Now: wednesday}).RunOuts[0]; r.Forecast.Verdict != want || r.PresentRate.Verdict != want {
			t.Errorf("read %s ahead: %+v, want %s", ahead, r, want)
		}
	}
}

// Hours that are not in the books are neither spend nor its absence.
func TestForecastWithGaps(t *testing.T) { onEveryStore(t, testForecastWithGaps) }

func testForecastWithGaps(t *testing.T, kind storeKind) {
	store := kind.open(t)
	begin := wednesday.AddDate(0, 0, -63)
	for _, w := range []ledger.Window{
		{Start: begin, End: wednesday.AddDate(0, 0, -30)},
		{Start: wednesday.AddDate(0, 0, -25), End: wednesday.Add(-50 * time.Hour)},
		{Start: wednesday.Add(-47*time.Hour - 30*time.Minute), End: wednesday},
	} {
		reading := ledger.Reading{Window: w, ReadAt: w.End}
		for at := w.Start; at.Before(w.End); at = at.Add(15 * time.Minute) {
			reading.Entries = append(reading.Entries, venice.UsageEntry{Timestamp: at, SKU: "x", Amount: dec("-0.25"), Currency: venice.USD})
		}
		if _, err := store.Replace(t.Context(), "home", []ledger.Reading{reading}); err != nil {
			t.Fatal(err)
		}
	}
	f := foresee(t, store, report.Scope{Now: wednesday})
	if got := estimateText(f.Outlooks[0].Dollars); f.Method != report.HourOfWeek || got != "14 10 24 24 24" || f.Complete {
		t.Errorf("%s: %s, complete %v", f.Method, got, f.Complete)
	}
	if b := f.Burns[2]; b.Known || b.Dollars.PerHour.Valid || b.Dollars.Spend.String() != "165.5" {
		t.Errorf("the week's burn is %+v", b)
	}
	if b := f.Burns[1]; !b.Known || b.EarlierKnown || b.Dollars.PerHour.Decimal.String() != "1" || b.Dollars.Change.Valid {
		t.Errorf("the day's burn is %+v", b)
	}
}

// The past begins with the first spend, and not with the credit of forty minutes
// before it: 13 were spent in three hours and a quarter.
func TestForecastBeginsWithSpend(t *testing.T) { onEveryStore(t, testForecastBeginsWithSpend) }

func testForecastBeginsWithSpend(t *testing.T, kind storeKind) {
	store := spending(t, kind, wednesday.Add(-3*time.Hour-15*time.Minute), wednesday, 15*time.Minute, always("1"), "100")
	reading := ledger.Reading{Window: ledger.Window{Start: wednesday.Add(-4 * time.Hour), End: wednesday.Add(-3*time.Hour - 15*time.Minute)}, ReadAt: wednesday}
	reading.Entries = []venice.UsageEntry{{Timestamp: wednesday.Add(-3*time.Hour - 55*time.Minute), SKU: "credit-purchase", Amount: dec("100"), Currency: venice.DIEM}}
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{reading}); err != nil {
		t.Fatal(err)
	}
	f := foresee(t, store, report.Scope{Now: wednesday})
	if got := estimateText(f.Outlooks[0].Dollars); got != "13 40 53 - -" || f.Method != report.Flat {
		t.Errorf("%s %s, want flat 13 40 53", f.Method, got)
	}
}

// Spend that grows by a fiftieth each day goes on at the level of the last week,
// which is a little low. Past forecasts were as much too low, so the range is not.
func TestForecastOfGrowth(t *testing.T) { onEveryStore(t, testForecastOfGrowth) }

func testForecastOfGrowth(t *testing.T, kind storeKind) {
	begin := wednesday.AddDate(0, 0, -84).Truncate(24 * time.Hour)
	daily := func(at time.Time) decimal.Decimal {
		return dec("1.02").Pow(decimal.NewFromInt(int64(at.Sub(begin) / (24 * time.Hour)))).Round(6)
	}
	store := spending(t, kind, begin, wednesday, time.Hour, func(at time.Time) string { return daily(at).String() }, "1")
	o := foresee(t, store, report.Scope{Now: wednesday}).Outlooks[0]
	truth := dec("24").Mul(daily(wednesday))
	for what, test := range map[string]struct {
		got    decimal.NullDecimal
		within string
	}{"total": {o.Dollars.Total, "0.06"}, "low": {o.Dollars.Low, "0.0001"}, "high": {o.Dollars.High, "0.0001"}} {
		if off := test.got.Decimal.Sub(truth).Div(truth).Abs(); !test.got.Valid || off.GreaterThan(dec(test.within)) {
			t.Errorf("%s is %s, in truth %s", what, test.got.Decimal, truth)
		}
	}
}
