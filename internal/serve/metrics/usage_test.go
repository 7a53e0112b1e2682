package metrics_test

import (
	"fmt"
	"maps"
	"math/big"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/metrics"
	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

var usageMetrics = []string{"ducat_spend_total", "ducat_credit_total", "ducat_entries_total", "ducat_tokens_total",
	"ducat_requests_total", "ducat_model_requests_total"}

// An oracle adds up the simulator's rows in fractions.
type oracle map[string]*big.Rat

func (o oracle) add(number string, metric, labels string, args ...any) {
	n, ok := new(big.Rat).SetString(number)
	if !ok {
		panic("not a number: " + number)
	}
	name := metric + fmt.Sprintf("{"+labels+"}", args...)
	if o[name] == nil {
		o[name] = new(big.Rat)
	}
	o[name].Add(o[name], n)
}

func (o oracle) account(account string, rows []venicetest.Entry) {
	seen := map[string]bool{}
	o.add("0", "ducat_requests_total", "account=%q", account)
	for _, e := range rows {
		if !e.Timestamp.Before(now.Truncate(time.Second)) {
			continue // not history yet
		}
		sku := venice.ParseSKU(e.SKU)
		labels := fmt.Sprintf("account=%q,currency=%q,meter=%q,model=%q", account, e.Currency, sku.Meter, sku.Model)
		o.add("1", "ducat_entries_total", "%s", labels)
		spend, credit, units := "0", e.Amount, "0"
		if amount, _ := new(big.Rat).SetString(e.Amount); amount.Sign() <= 0 {
			spend, credit, units = amount.Neg(amount).RatString(), "0", e.Units
		}
		o.add(spend, "ducat_spend_total", "%s", labels)
		o.add(credit, "ducat_credit_total", "%s", labels)
		if strings.HasSuffix(e.SKU, "-mtoken") {
			millions, _ := new(big.Rat).SetString(units)
			o.add(millions.Mul(millions, big.NewRat(1_000_000, 1)).RatString(), "ducat_tokens_total", "%s", labels)
		}
		o.add("0", "ducat_model_requests_total", "account=%q,model=%q", account, sku.Model)
		if e.InferenceDetails == nil {
			continue
		}
		if id := e.InferenceDetails.RequestID; !seen[id] {
			seen[id] = true
			o.add("1", "ducat_requests_total", "account=%q", account)
		}
		if id := e.InferenceDetails.RequestID + " " + sku.Model; !seen[id] {
			seen[id] = true
			o.add("1", "ducat_model_requests_total", "account=%q,model=%q", account, sku.Model)
		}
	}
}

var help = regexp.MustCompile(`(?m)^# HELP.*$`)

// text is what the oracle expects of a scrape, with the help texts of one.
func (o oracle) text(scraped string) string {
	var b strings.Builder
	helps := help.FindAllString(scraped, -1)
	for _, metric := range usageMetrics {
		i := slices.IndexFunc(helps, func(h string) bool { return strings.HasPrefix(h, "# HELP "+metric+" ") })
		fmt.Fprintf(&b, "%s\n# TYPE %s counter\n", helps[i], metric)
		for _, name := range slices.Sorted(maps.Keys(o)) {
			if strings.HasPrefix(name, metric+"{") {
				nearest, _ := o[name].Float64()
				fmt.Fprintf(&b, "%s %v\n", name, nearest)
			}
		}
	}
	return b.String()
}

func TestUsageIsWhatVeniceBilled(t *testing.T) {
	t.Parallel()
	var store ledgertest.Memory
	home, work := account(t, 1, 3000), account(t, 2, 2000)
	sync(t, &store, home, "home", home.Transport())
	sync(t, &store, work, "work", work.Transport())
	m := books(&store)
	server := httptest.NewServer(seenBy(everybody, m.Handler()))
	defer server.Close()
	check := func(m *metrics.Metrics) {
		t.Helper()
		truth := oracle{}
		truth.account("home", home.Entries())
		truth.account("work", work.Entries())
		if err := testutil.ScrapeAndCompare(server.URL, strings.NewReader(truth.text(scrape(t, m, everybody))), usageMetrics...); err != nil {
			t.Error(err)
		}
	}
	check(m)

	// Venice takes an entry back, corrects one, and posts one late.
	rows := home.Entries()
	home.Remove(rows[10].Seq)
	corrected := rows[20]
	corrected.Amount = "-0.123456789"
	home.Correct(corrected.Seq, corrected)
	home.Post(rows[30])
	sync(t, &store, home, "home", home.Transport())
	check(m)

	if diff := cmp.Diff(onlyBooks(scrape(t, m, everybody)), onlyBooks(scrape(t, books(&store), everybody))); diff != "" {
		t.Errorf("a restart changes what the books say (-before +after):\n%s", diff)
	}
}

// onlyBooks are the lines of a scrape that come from the books.
func onlyBooks(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "ducat_") && !strings.HasPrefix(line, "ducat_http_") && !strings.HasPrefix(line, "ducat_venice_") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestAmountsAreAddedExactly(t *testing.T) {
	t.Parallel()
	var store ledgertest.Memory
	var entries []venice.UsageEntry
	for i := range 10 { // ten times 0.1 is 0.9999999999999999 in floats
		entries = append(entries, entry(time.Duration(i+1)*time.Minute, "m-llm-input-mtoken", "0.1", "-0.1", venice.USD))
	}
	entries = append(entries,
		entry(time.Hour, "tiny-llm-input-mtoken", "0.000001", "-0.0000001", venice.USD),
		entry(time.Hour, "m-llm-input-mtoken", "0.3", "0.3", venice.USD), // a refund
		entry(time.Hour, "m-llm-input-mtoken", "0.000003", "0", venice.USD))
	put(t, &store, "home", entries...)
	want(t, samples(t, scrape(t, books(&store), everybody)), map[string]float64{
		`ducat_spend_total{account="home",currency="USD",meter="input",model="m"}`:      1,
		`ducat_credit_total{account="home",currency="USD",meter="input",model="m"}`:     0.3,
		`ducat_tokens_total{account="home",currency="USD",meter="input",model="m"}`:     1_000_003,
		`ducat_entries_total{account="home",currency="USD",meter="input",model="m"}`:    12,
		`ducat_spend_total{account="home",currency="USD",meter="input",model="tiny"}`:   1e-7,
		`ducat_tokens_total{account="home",currency="USD",meter="input",model="tiny"}`:  1,
		`ducat_entries_total{account="home",currency="USD",meter="input",model="tiny"}`: 1,
	})
}

func TestEntriesWithEqualLabelsAreAddedUp(t *testing.T) {
	t.Parallel()
	var store ledgertest.Memory
	put(t, &store, "home",
		entry(time.Minute, "m-image-unit", "2", "-0.5", venice.USD),
		entry(time.Minute, "m-llm-image-mtoken", "0.000007", "-0.25", venice.USD), // a token kind of the same name
		entry(time.Minute, "m-image-unit", "1", "0.125", venice.USD),
		entry(time.Minute, "m-llm-image-mtoken", "1", "2", venice.USD),
		entry(time.Minute, "\xff-image-unit", "1", "-1", venice.USD), // no UTF-8
		entry(time.Minute, "\xfe-image-unit", "1", "-2", "\xfd"),
		entry(time.Minute, "", "1", "-4", venice.USD))
	all := samples(t, scrape(t, books(&store), everybody))
	want(t, all, map[string]float64{
		`ducat_spend_total{account="home",currency="USD",meter="image",model="m"}`:                             0.75,
		`ducat_tokens_total{account="home",currency="USD",meter="image",model="m"}`:                            7,
		`ducat_credit_total{account="home",currency="USD",meter="image",model="m"}`:                            2.125,
		`ducat_spend_total{account="home",currency="USD",meter="image",model="` + "\uFFFD" + `"}`:              1,
		`ducat_spend_total{account="home",currency="` + "\uFFFD" + `",meter="image",model="` + "\uFFFD" + `"}`: 2,
		`ducat_spend_total{account="home",currency="USD",meter="other",model=""}`:                              4,
	})
}

func TestModelsBeyondTheLimitAreAddedUp(t *testing.T) {
	t.Parallel()
	var store ledgertest.Memory
	var entries []venice.UsageEntry
	sums := map[string]decimal.Decimal{}
	for i := range 100 {
		for _, meter := range []string{"input", "output"} {
			for range 1 + i%7 {
				e := entry(time.Minute, fmt.Sprintf("model%02d-llm-%s-mtoken", i, meter), "0.5", fmt.Sprintf("-0.%d", 1+i), venice.DIEM)
				e.InferenceDetails = &venice.InferenceDetails{RequestID: fmt.Sprint("r", i)}
				entries = append(entries, e)
				sums[meter] = sums[meter].Sub(e.Amount)
			}
		}
	}
	put(t, &store, "large", entries...)
	put(t, &store, "small", entries[:2]...)
	for _, limit := range []int{1, 2, 3, 4, 31, 198, 199, 200, 0} {
		all := samples(t, scrape(t, metrics.New(metrics.Options{Books: &store, Now: clock, Series: limit}), access.Viewer{Account: "large"}))
		allowed, bound := limit, max(limit, 2) // two meters in one currency
		if allowed == 0 {
			allowed, bound = metrics.DefaultSeries, metrics.DefaultSeries
		}
		for _, metric := range usageMetrics {
			if n := len(of(all, metric)); n > bound || allowed >= 4 && allowed <= 200 && strings.HasPrefix(metric, "ducat_spend") && n < allowed-2 {
				t.Errorf("limit %d: %s has %d series", limit, metric, n)
			}
		}
		tokens, entryCount, requests := 0.0, 0.0, 0.0
		for _, v := range of(all, "ducat_tokens_total") {
			tokens += v
		}
		for _, v := range of(all, "ducat_entries_total") {
			entryCount += v
		}
		for _, v := range of(all, "ducat_model_requests_total") {
			requests += v
		}
		if tokens != float64(len(entries))*500_000 || entryCount != float64(len(entries)) || requests != 100 {
			t.Errorf("limit %d: %v tokens, %v entries, %v requests: some are lost", limit, tokens, entryCount, requests)
		}
		for meter, sum := range sums {
			named := decimal.Zero
			for name, v := range of(all, "ducat_spend_total") {
				if strings.Contains(name, fmt.Sprintf("meter=%q", meter)) {
					named = named.Add(decimal.NewFromFloat(v))
				}
			}
			if !named.Equal(sum) {
				t.Errorf("limit %d: spend on %s is %s, want %s", limit, meter, named, sum)
			}
		}
		_, busiest := all[`ducat_spend_total{account="large",currency="DIEM",meter="input",model="model06"}`]
		_, others := all[`ducat_spend_total{account="large",currency="DIEM",meter="input",model="(other)"}`]
		if busiest != (allowed >= 4) || others != (allowed < 200) {
			t.Errorf("limit %d: the busiest model has series: %t; there are others: %t", limit, busiest, others)
		}
	}
}

func TestRecentSpendGoesByTheTimesOfEntries(t *testing.T) {
	t.Parallel()
	var store ledgertest.Memory
	put(t, &store, "home",
		entry(time.Millisecond, "m-image-unit", "1", "-1", venice.USD),
		entry(time.Hour, "m-image-unit", "1", "-2", venice.USD),
		entry(time.Hour+time.Millisecond, "m-image-unit", "1", "-4", venice.USD),
		entry(24*time.Hour, "m-image-unit", "1", "-8", venice.USD),
		entry(7*24*time.Hour, "m-image-unit", "1", "-16", venice.USD),
		entry(7*24*time.Hour+time.Millisecond, "m-image-unit", "1", "-32", venice.USD),
		entry(30*time.Minute, "m-image-unit", "1", "64", venice.USD), // a refund is no spend
		entry(2*time.Hour, "n-image-unit", "1", "-128", venice.DIEM))
	if err := store.SaveBalance(t.Context(), "empty", ledger.BalanceAt{At: now}); err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{
		`ducat_recent_spend{account="home",currency="USD",window="1h"}`:  3,
		`ducat_recent_spend{account="home",currency="USD",window="1d"}`:  15,
		`ducat_recent_spend{account="home",currency="USD",window="7d"}`:  31,
		`ducat_recent_spend{account="home",currency="DIEM",window="1h"}`: 0,
		`ducat_recent_spend{account="home",currency="DIEM",window="1d"}`: 128,
		`ducat_recent_spend{account="home",currency="DIEM",window="7d"}`: 128,
	}
	// A later scrape of the same books says the same.
	for _, later := range []time.Duration{0, 5 * time.Hour} {
		m := metrics.New(metrics.Options{Books: &store, Now: func() time.Time { return now.Add(later) }})
		if diff := cmp.Diff(want, of(samples(t, scrape(t, m, everybody)), "ducat_recent_spend")); diff != "" {
			t.Errorf("%v later (-want +got):\n%s", later, diff)
		}
	}
}
