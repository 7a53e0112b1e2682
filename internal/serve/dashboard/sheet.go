package dashboard

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/venice"
)

// Assets are the addresses of what a page needs.
type Assets struct{ Stylesheet, Script, Icon string }

var assets = Assets{stylesheet.path, script.path, icon.path}

// A sheet is what the template shows: a view in words and places.
type sheet struct {
	Assets
	params
	Version, State string
	Viewer         access.Viewer
	Now            time.Time
	Every          time.Duration // between two syncs
	Zone           *time.Location
	Freshness      freshness
	Empty          bool // nothing is known of any account

	Accounts, Ranges, Groupings, Steps, Filters []link
	// Crowd are the names of all accounts, where they are too many for links.
	Crowd []string

	Balances []accountBalance
	// BalancesOf and CoverageOf are how many accounts there are, where only some of
	// them are shown; 0 where all are. Lacking is how many lack something.
	BalancesOf, CoverageOf, Lacking int64
	Outlook                         outlookCards
	Budgets                         *budgetList // nil where none is configured for this viewer
	Limits                          *limitList  // nil where no key has been read
	Totals                          report.Figures
	Worth                           decimal.Decimal // what the chart adds up to
	PerDay                          *decimal.Decimal
	Tokens                          decimal.Decimal
	Range                           ledger.Window
	Chart                           chart
	By, Step                        ledger.Dimension
	KeyDays                         bool // the chart is of UTC days

	Models, Meters, Keys ranking

	Entries  entryPage
	Coverage []report.Coverage
	Complete bool
	Exports  []link
}

type accountBalance struct {
	Account string
	At      time.Time // zero for an account without a balance
	Cards   []balanceCard
}

// A ranking is a list of groups, those with the highest spend first.
type ranking struct {
	Rows     []ranked
	Complete bool
	Unknown  string // why there is none
}

type ranked struct {
	Name, Link, Share string
	Worth             decimal.Decimal
}

type entryPage struct {
	Rows       []ledger.Entry
	First      int64 // the number of the first one
	Of         int64 // how many there are; 0 where that is not known
	Newer      string
	Older      string
	Halted     time.Time
	SearchOn   string // goes on where a search halted
	Accounts   bool   // there are several
	Unsearched string // the same view without a search
}

func newSheet(v *view, accounts []string, forms []form, now time.Time) *sheet {
	s := &sheet{
		Assets: assets, params: v.params, Now: now, Zone: v.question.Zone,
		Totals: v.periods.Totals, Worth: v.worth(&v.periods.Totals), Range: v.periods.Window, Chart: newChart(v),
		By: v.by, Step: v.step, KeyDays: v.by == report.ByKey,
		Complete: v.periods.Complete, Empty: true,
	}
	for _, c := range v.periods.Coverage {
		s.Empty = s.Empty && c.AsOf.IsZero()
		if len(c.Missing) > 0 {
			s.Lacking++
		}
	}
	s.Coverage, s.CoverageOf = neediest(v.periods.Coverage, report.ByLack)
	for _, t := range s.Totals.Tokens {
		s.Tokens = s.Tokens.Add(t.Count)
	}
	length := v.length()
	if length >= day && s.Worth.IsPositive() {
		s.PerDay = new(s.Worth.Mul(decimal.NewFromInt(int64(day/time.Second))).DivRound(decimal.NewFromInt(int64(length/time.Second)), 6))
	}
	s.navigate(v, accounts, forms)
	s.balances(v, length, now)
	s.Models = v.rank(v.models, ledger.ByModel)
	s.Meters = v.rank(v.meters, ledger.ByMeter)
	s.Keys = v.rank(v.keys, report.ByKey)
	s.entries(v)
	return s
}

// length is how much of the range the books can tell of: without a start, from
// the first period with entries on.
func (v *view) length() time.Duration {
	w := v.periods.Window
	if w.Start.IsZero() {
		if len(v.periods.Rows) == 0 {
			return 0
		}
		w.Start = v.periods.WindowOf(v.periods.Rows[0].Group[0]).Start
	}
	return w.Length()
}

// balances are told by account. The pace is that of the range, where it is of
// one account and of all that it spent.
func (s *sheet) balances(v *view, length time.Duration, now time.Time) {
	var spend map[venice.Currency]decimal.Decimal
	if len(v.question.Accounts) == 1 && v.Model == "" && v.Currency == "" {
		spend = spendOf(v.periods.Totals)
	}
	shown, of := neediest(v.question.Accounts, byDIEMLeft(v.balances, now))
	s.BalancesOf = of
	for _, account := range shown {
		b := accountBalance{Account: account}
		if last, ok := v.balances[account]; ok {
			b.At, b.Cards = last.At, balanceCards(last, spend, length, now)
		}
		s.Balances = append(s.Balances, b)
	}
}

// rank lists a report of one dimension.
func (v *view) rank(r *report.Report, by ledger.Dimension) ranking {
	if r == nil {
		return ranking{Unknown: "Venice tells the spend by key only as a whole, not by model or currency."}
	}
	list := ranking{Complete: r.Complete}
	whole := v.worth(&r.Totals)
	for _, row := range r.Rows {
		worth := v.worth(&row.Figures)
		if worth.IsZero() && len(r.Rows) > 1 {
			continue
		}
		entry := ranked{Name: row.Group[0], Share: percent(worth, whole), Worth: worth}
		if row.Folded {
			entry.Name = "All others"
		} else if by != v.by || by == ledger.ByModel {
			entry.Link = v.drill(by, row.Group[0])
		}
		list.Rows = append(list.Rows, entry)
	}
	return list
}

// Width is the share as the length of a bar.
func (r ranked) Width() string {
	if r.Share == "<0.1%" {
		return "0.1%"
	}
	return r.Share
}

func (s *sheet) entries(v *view) {
	e := entryPage{Rows: v.latest.entries, First: int64(v.Page-1)*pageSize + 1, Halted: v.latest.halted, Accounts: len(v.question.Accounts) > 1}
	if v.Search == "" {
		e.Of = *v.periods.Totals.Entries
	}
	page := func(n int) string {
		p := v.params
		p.Page = n
		return p.url() + "#entries"
	}
	if v.Page > 1 {
		e.Newer = page(v.Page - 1)
	}
	if v.latest.more {
		e.Older = page(v.Page + 1)
	}
	if !e.Halted.IsZero() {
		e.SearchOn = v.with(func(p *params) { p.Until = e.Halted.UTC().Format(time.RFC3339) }) + "#entries"
	}
	e.Unsearched = v.with(func(p *params) { p.Search = "" }) + "#entries"
	s.Entries = e
}

// Last is the number of the last entry of the page.
func (e entryPage) Last() int64 { return e.First + int64(len(e.Rows)) - 1 }

// sortBySpend puts the highest spend first, and what was folded last.
func sortBySpend(names []string, spend map[string]decimal.Decimal) {
	slices.SortFunc(names, func(a, b string) int {
		if (a == report.Other) != (b == report.Other) {
			if a == report.Other {
				return 1
			}
			return -1
		}
		return cmp.Or(spend[b].Cmp(spend[a]), cmp.Compare(a, b))
	})
}
