package report_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// wednesday is where the books of these tests end.
var wednesday = time.Date(2026, 6, 17, 14, 0, 0, 0, time.UTC)

// spending are books with an entry every step of time from one instant to before
// another, of what amount says; the account's DIEM was read at the end.
func spending(t *testing.T, from, to time.Time, step time.Duration, amount func(time.Time) string, left string) *ledgertest.Memory {
	t.Helper()
	store := new(ledgertest.Memory)
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
func TestForecastOfKnownSeries(t *testing.T) {
	t.Parallel()
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
			store := spending(t, test.from, wednesday, test.step, test.amount, test.left)
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
func TestRunOutAcrossReset(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 6, 18, 0, 0, 0, 0, time.UTC)
	end := midnight.Add(-10 * time.Minute)
	store := spending(t, end.AddDate(0, 0, -70), end, 10*time.Minute, always("1"), "0.5")
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
func TestRunOutOfAnOlderBalance(t *testing.T) {
	t.Parallel()
	store := spending(t, wednesday.AddDate(0, 0, -70), wednesday, 10*time.Minute, always("1"), "100")
	older := ledger.BalanceAt{At: wednesday.Add(-2 * time.Hour), Balance: venice.Balance{Balances: venice.Balances{DIEM: decimal.NewNullDecimal(dec("18"))}}}
	fresh := new(ledgertest.Memory)
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

// Hours that are not in the books are neither spend nor its absence.
func TestForecastWithGaps(t *testing.T) {
	t.Parallel()
	store := new(ledgertest.Memory)
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

// Spend that grows by a fiftieth each day goes on at the level of the last week,
// which is a little low. Past forecasts were as much too low, so the range is not.
func TestForecastOfGrowth(t *testing.T) {
	t.Parallel()
	begin := wednesday.AddDate(0, 0, -84).Truncate(24 * time.Hour)
	daily := func(at time.Time) decimal.Decimal {
		return dec("1.02").Pow(decimal.NewFromInt(int64(at.Sub(begin) / (24 * time.Hour)))).Round(6)
	}
	store := spending(t, begin, wednesday, time.Hour, func(at time.Time) string { return daily(at).String() }, "1")
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

// Of random series with random gaps, forecast and range are those of the plainest
// code that can be written, in fractions.
func TestForecastIsThePlainOne(t *testing.T) {
	t.Parallel()
	for seed := range uint64(24) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 7))
			end := wednesday.Add(time.Duration(r.IntN(200)) * time.Hour)
			begin := end.Add(-time.Duration(1+r.IntN(13*7*24)) * time.Hour)
			plain := plainSeries{end: end, spend: map[time.Time]*big.Rat{}, known: map[time.Time]bool{}}
			store := new(ledgertest.Memory)
			for at := begin; at.Before(end); {
				w := ledger.Window{Start: at, End: at.Add(time.Duration(1+r.IntN(800)) * time.Hour)}
				if w.End.After(end) {
					w.End = end
				}
				if r.IntN(4) == 0 && at.After(begin) && w.Length() < 100*time.Hour && w.End.Before(end) {
					at = w.End
					continue
				}
				reading := ledger.Reading{Window: w, ReadAt: end}
				for ; at.Before(w.End); at = at.Add(time.Hour) {
					plain.known[at] = true
					if r.IntN(3) > 0 || at.Equal(begin) {
						amount := decimal.New(r.Int64N(1000)*int64(1+at.Hour()), -3)
						reading.Entries = append(reading.Entries, venice.UsageEntry{Timestamp: at, SKU: "x", Amount: amount.Neg().Sub(dec("0.001")), Currency: venice.USD})
						plain.spend[at] = rat(amount.Add(dec("0.001")))
					}
				}
				if _, err := store.Replace(t.Context(), "home", []ledger.Reading{reading}); err != nil {
					t.Fatal(err)
				}
			}
			f := foresee(t, store, report.Scope{Now: end})
			for _, o := range f.Outlooks {
				want := plain.forecast(end, o.Window.End)
				if f.Method != want.method {
					t.Fatalf("method %s, want %s", f.Method, want.method)
				}
				if want.method == report.NoMethod {
					continue
				}
				near(t, o.Period+" expected", o.Dollars.Expected, want.sum)
				low, high, n := plain.between(want, o.Window.End)
				if o.Replays != n || o.Dollars.Low.Valid != (low != nil) {
					t.Errorf("%s: %d replays, low %v; want %d", o.Period, o.Replays, o.Dollars.Low, n)
				} else if low != nil {
					low.Add(low, rat(o.Dollars.Spent))
					high.Add(high, rat(o.Dollars.Spent))
					near(t, o.Period+" low", o.Dollars.Low, low)
					near(t, o.Period+" high", o.Dollars.High, high)
				}
			}
		})
	}
}

// near allows for what twelve decimals cannot hold.
func near(t *testing.T, what string, got decimal.NullDecimal, want *big.Rat) {
	t.Helper()
	off := new(big.Rat).Sub(rat(got.Decimal), want)
	if !got.Valid || off.Abs(off).Cmp(big.NewRat(1, 100_000_000_000)) > 0 {
		t.Errorf("%s is %s, want %s", what, got.Decimal, want.FloatString(12))
	}
}

// A plainSeries is spend by whole hours.
type plainSeries struct {
	end   time.Time
	spend map[time.Time]*big.Rat
	known map[time.Time]bool
}

type plainForecast struct {
	method report.Method
	sum    *big.Rat
}

// means are the spend by the hour of the known hours before an instant, by their
// place in a cycle.
func (p plainSeries) means(before time.Time, back int, cycle time.Duration) (means map[time.Duration]*big.Rat, n int) {
	means = map[time.Duration]*big.Rat{}
	counts := map[time.Duration]int64{}
	for i := 1; i <= back; i++ {
		at := before.Add(-time.Duration(i) * time.Hour)
		if !p.known[at] {
			continue
		}
		n++
		counts[place(at, cycle)]++
		if spend := p.spend[at]; spend != nil {
			add(means, place(at, cycle), spend)
		} else {
			add(means, place(at, cycle), new(big.Rat))
		}
	}
	for cell, sum := range means {
		sum.Quo(sum, big.NewRat(counts[cell], 1))
	}
	return means, n
}

func place(at time.Time, cycle time.Duration) time.Duration { return at.Sub(time.Unix(0, 0)) % cycle }

func (p plainSeries) forecast(from, to time.Time) plainForecast {
	for _, m := range []struct {
		method      report.Method
		back, least int
		cycle       time.Duration
	}{
		{report.HourOfWeek, 8 * 168, 4 * 168, 168 * time.Hour},
		{report.HourOfDay, 4 * 168, 72, 24 * time.Hour},
		{report.Flat, 24, 1, time.Hour},
	} {
		cells, n := p.means(from, m.back, m.cycle)
		if n < m.least || len(cells) < int(m.cycle/time.Hour) {
			continue
		}
		cell := func(at time.Time) *big.Rat { return cells[place(at, m.cycle)] }
		level := big.NewRat(1, 1)
		if m.method != report.Flat {
			real, expected := new(big.Rat), new(big.Rat)
			for i := 1; i <= 168; i++ {
				if at := from.Add(-time.Duration(i) * time.Hour); p.known[at] {
					expected.Add(expected, cell(at))
					if p.spend[at] != nil {
						real.Add(real, p.spend[at])
					}
				}
			}
			if expected.Sign() > 0 {
				level = real.Quo(real, expected)
			}
		}
		sum := new(big.Rat)
		for at := from; at.Before(to); at = at.Add(time.Hour) {
			sum.Add(sum, cell(at))
		}
		return plainForecast{m.method, sum.Mul(sum, level)}
	}
	return plainForecast{method: report.NoMethod}
}

// between replays the forecast on past days.
func (p plainSeries) between(now plainForecast, until time.Time) (low, high *big.Rat, n int) {
	length := until.Sub(p.end)
	var shares []*big.Rat
	replays := 0
	for back := 24 * time.Hour; replays < 28 && back < 13*7*24*time.Hour; back += 24 * time.Hour {
		from := p.end.Add(-back)
		real, whole := new(big.Rat), !from.Add(length).After(p.end)
		for at := from; at.Before(from.Add(length)); at = at.Add(time.Hour) {
			whole = whole && p.known[at]
			if p.spend[at] != nil {
				real.Add(real, p.spend[at])
			}
		}
		if !whole {
			continue
		}
		then := p.forecast(from, from.Add(length))
		if then.method == report.NoMethod || (then.method == report.Flat) != (now.method == report.Flat) {
			continue
		}
		replays++
		if then.sum.Sign() > 0 {
			shares = append(shares, real.Quo(real, then.sum))
		}
	}
	if len(shares) < 10 || now.sum.Sign() == 0 {
		return nil, nil, len(shares)
	}
	slices.SortFunc(shares, (*big.Rat).Cmp)
	at := func(percent int) *big.Rat {
		place := big.NewRat(int64((len(shares)-1)*percent), 100)
		i := int(new(big.Int).Quo(place.Num(), place.Denom()).Int64())
		value := new(big.Rat).Set(shares[i])
		if part := place.Sub(place, big.NewRat(int64(i), 1)); part.Sign() > 0 {
			step := new(big.Rat).Sub(shares[i+1], shares[i])
			value.Add(value, step.Mul(step, part))
		}
		return value.Mul(value, now.sum)
	}
	return at(10), at(90), len(shares)
}
