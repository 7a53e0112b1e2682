package dashboard

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// params are what the address of the page says, as it says it. What is "" is
// left to the page.
type params struct {
	Since, Until, Zone, By, Step     string
	Account, Currency, Model, Search string
	Page                             int // from 1
}

// The lists that the address chooses from.
var (
	groupings = []ledger.Dimension{ledger.ByModel, report.ByKey, ledger.ByCurrency, ledger.ByMeter, ledger.BySKU}
	steps     = []ledger.Dimension{ledger.ByHour, ledger.ByDay, ledger.ByWeek, ledger.ByMonth}
)

const (
	// longText is the longest value of a parameter, in bytes.
	longText = 300
	// lastPage is the highest number of a page.
	lastPage = 1_000_000
	// all is the Since of everything.
	all = "all"
	// defaultDays is the range without Since: as 'ducat report' has it, so many
	// whole days with today.
	defaultDays = 30
)

// readParams reads the address. It names all that is wrong in it.
func readParams(values url.Values, accounts []string) (p params, wrong []string) {
	get := func(name string) string {
		value := strings.TrimSpace(values.Get(name))
		if len(value) > longText {
			wrong = append(wrong, fmt.Sprintf("%s is longer than %d bytes", name, longText))
			return ""
		}
		return value
	}
	choose := func(name string, from []ledger.Dimension) string {
		value := get(name)
		if value != "" && !slices.Contains(from, ledger.Dimension(value)) {
			wrong = append(wrong, fmt.Sprintf("%s=%s is unknown: it must be one of %s", name, value, join(from)))
		}
		return value
	}
	p = params{
		Since: get("since"), Until: get("until"), Zone: get("tz"),
		By: choose("by", groupings), Step: choose("step", steps),
		Account: get("account"), Currency: strings.ToUpper(get("currency")), Model: get("model"), Search: get("q"),
		Page: 1,
	}
	if p.Account != "" && !slices.Contains(accounts, p.Account) {
		wrong = append(wrong, fmt.Sprintf("account=%s is not in the books", p.Account))
	}
	if text := get("page"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > lastPage {
			wrong = append(wrong, fmt.Sprintf("page=%s is no page: it must be a whole number from 1 to %d", text, lastPage))
			n = 1
		}
		p.Page = n
	}
	return p, wrong
}

func join(list []ledger.Dimension) string {
	words := make([]string, len(list))
	for i, d := range list {
		words[i] = string(d)
	}
	return strings.Join(words, ", ")
}

// values spells the parameters; what is left to the page stays out.
func (p params) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"since": p.Since, "until": p.Until, "tz": p.Zone, "by": p.By, "step": p.Step,
		"account": p.Account, "currency": p.Currency, "model": p.Model, "q": p.Search,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if p.Page > 1 {
		v.Set("page", strconv.Itoa(p.Page))
	}
	return v
}

// url is the address of the page with these parameters.
func (p params) url() string {
	if query := p.values().Encode(); query != "" {
		return "/?" + query
	}
	return "/"
}

// with is the address after a change, from the first page of the entries on.
func (p params) with(change func(*params)) string {
	p.Page = 1
	change(&p)
	return p.url()
}

// question turns the parameters into a question to the books, by nothing yet.
func (p params) question(now time.Time, accounts []string) (q report.Question, wrong []string) {
	q.Now, q.Zone, q.Uncounted, q.Accounts = now, time.UTC, true, accounts
	if p.Account != "" {
		q.Accounts = []string{p.Account}
	}
	if p.Currency != "" {
		q.Currencies = []venice.Currency{venice.Currency(p.Currency)}
	}
	if p.Model != "" {
		q.Models = []string{p.Model}
	}
	if p.Zone != "" {
		zone, err := time.LoadLocation(p.Zone)
		if err != nil || p.Zone == "Local" {
			wrong = append(wrong, fmt.Sprintf("tz=%s is no time zone: it must be a name such as UTC or Europe/Berlin", p.Zone))
		} else {
			q.Zone = zone
		}
	}
	when := func(name, value string) time.Time {
		t, err := report.When(value, now, q.Zone)
		if err == nil && (t.Year() < 1970 || t.Year() > 9000) {
			err = fmt.Errorf("must be within the years 1970 to 9000")
		}
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s=%s %v", name, value, err))
		}
		return t
	}
	switch p.Since {
	case all:
	case "":
		year, month, day := now.In(q.Zone).Date()
		q.Window.Start = report.DayBegins(time.Date(year, month, day-defaultDays+1, 0, 0, 0, 0, time.UTC), q.Zone)
	default:
		q.Window.Start = when("since", p.Since)
	}
	if p.Until != "" {
		q.Window.End = when("until", p.Until)
	}
	if len(wrong) > 0 {
		return q, wrong
	}
	if err := q.Check(); err != nil {
		wrong = append(wrong, strings.TrimPrefix(err.Error(), report.ErrQuestion.Error()+": "))
	}
	return q, wrong
}

// by is what the chart is stacked by.
func (p params) by() ledger.Dimension { return cmp.Or(ledger.Dimension(p.By), ledger.ByModel) }

// step is the length of a bar: that which was asked for, or one that makes
// between a dozen and a hundred bars.
func (p params) step(w ledger.Window, now time.Time) ledger.Dimension {
	if p.Step != "" {
		return ledger.Dimension(p.Step)
	}
	if w.Start.IsZero() {
		return ledger.ByMonth
	}
	end := w.End
	if end.IsZero() || end.After(now) {
		end = now
	}
	const day = 24 * time.Hour
	switch length := end.Sub(w.Start); {
	case length <= 3*day && p.by() != report.ByKey:
		return ledger.ByHour
	case length <= 100*day:
		return ledger.ByDay
	case length <= 550*day:
		return ledger.ByWeek
	}
	return ledger.ByMonth
}
