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
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// Of random series with random gaps, forecast and range are those of the plainest
// code that can be written, in fractions.
func TestForecastIsThePlainOne(t *testing.T) { onEveryStore(t, testForecastIsThePlainOne) }

func testForecastIsThePlainOne(t *testing.T, kind storeKind) {
	for seed := range 24 / kind.one {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 7))
			end := wednesday.Add(time.Duration(r.IntN(200)) * time.Hour)
			begin := end.Add(-time.Duration(1+r.IntN(13*7*24)) * time.Hour)
			plain := plainSeries{end: end, spend: map[time.Time]*big.Rat{}, known: map[time.Time]bool{}}
			store := kind.open(t)
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
