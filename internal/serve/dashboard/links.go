package dashboard

import (
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// A link leads to a view; Current says that it is this one.
type link struct {
	Text, URL string
	Current   bool
}

// navigate makes the links that change one thing and keep the rest.
func (s *sheet) navigate(v *view, accounts []string, forms []form) {
	p := v.params
	if len(accounts) > accountsShown {
		s.Crowd, accounts = accounts, nil
		if p.Account != "" {
			accounts = []string{p.Account}
		}
	}
	if len(accounts) > 1 || s.Crowd != nil {
		s.Accounts = append(s.Accounts, link{"All accounts", p.with(func(p *params) { p.Account = "" }), p.Account == ""})
	}
	for _, name := range accounts {
		s.Accounts = append(s.Accounts, link{name, p.with(func(p *params) { p.Account = name }), p.Account == name || len(accounts) == 1})
	}
	for _, r := range []struct{ text, since string }{
		{"24 h", "24h"}, {"7 d", "7d"}, {"30 d", ""}, {"90 d", "90d"}, {"12 months", "365d"}, {"All", all},
	} {
		s.Ranges = append(s.Ranges, link{r.text, p.with(func(p *params) { p.Since, p.Until, p.Step = r.since, "", "" }), p.Since == r.since && p.Until == ""})
	}
	for _, d := range groupings {
		by := string(d)
		if d == ledger.ByModel {
			by = ""
		}
		if d == report.ByKey && (p.Model != "" || p.Currency != "") {
			continue
		}
		s.Groupings = append(s.Groupings, link{dimensionName(d), p.with(func(p *params) {
			p.By = by
			if d == report.ByKey {
				p.Zone = ""
				if p.Step == string(ledger.ByHour) {
					p.Step = ""
				}
			}
		}), v.by == d})
	}
	for _, d := range steps {
		if d == ledger.ByHour && (v.by == report.ByKey || v.length() > mostBars*time.Hour) {
			continue
		}
		s.Steps = append(s.Steps, link{dimensionName(d), p.with(func(p *params) { p.Step = string(d) }), v.step == d})
	}
	if p.Model != "" {
		s.Filters = append(s.Filters, link{"model " + p.Model, p.with(func(p *params) { p.Model = "" }), false})
	}
	if p.Currency != "" {
		s.Filters = append(s.Filters, link{"currency " + p.Currency, p.with(func(p *params) { p.Currency = "" }), false})
	}
	query := p.values()
	for _, name := range []string{"by", "step", "page"} {
		query.Del(name)
	}
	for _, f := range forms {
		address := url.URL{Path: "/export/" + f.file, RawQuery: query.Encode()}
		s.Exports = append(s.Exports, link{f.text, address.String(), false})
	}
}

func dimensionName(d ledger.Dimension) string {
	return map[ledger.Dimension]string{ledger.ByModel: "Model", report.ByKey: "Key", ledger.ByCurrency: "Currency",
		ledger.ByMeter: "Meter", ledger.BySKU: "SKU", ledger.ByHour: "Hour", ledger.ByDay: "Day", ledger.ByWeek: "Week",
		ledger.ByMonth: "Month"}[d]
}

// drill is the address of the view of one group alone, or "" where there is none.
func (v *view) drill(by ledger.Dimension, name string) string {
	switch by {
	case ledger.ByModel:
		return v.with(func(p *params) { p.Model, p.By = name, string(ledger.ByMeter) })
	case ledger.ByCurrency:
		return v.with(func(p *params) { p.Currency, p.By = name, "" })
	}
	return ""
}

// CurrencyLink is the view of one currency alone.
func (s *sheet) CurrencyLink(c venice.Currency) string {
	return s.with(func(p *params) {
		p.Currency = string(c)
		if p.By == string(report.ByKey) {
			p.By = ""
		}
	})
}

// RequestLink is the view of the entries of one request.
func (s *sheet) RequestLink(id string) string {
	return s.with(func(p *params) { p.Search = id }) + "#entries"
}

// A field is a parameter that a form passes on.
type field struct{ Name, Value string }

// Hidden are the parameters of the view, but for those that a form asks for.
func (s *sheet) Hidden(asked ...string) []field {
	values := s.values()
	var fields []field
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name != "page" && !slices.Contains(asked, name) {
			fields = append(fields, field{name, values.Get(name)})
		}
	}
	return fields
}

// AskedZone is the zone that the address names, or "".
func (s *sheet) AskedZone() string { return s.params.Zone }
