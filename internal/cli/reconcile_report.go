package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
)

// printReconciliations prints what was compared.
func (a app) printReconciliations(all []*ledger.Reconciliation, o *reconcileOptions) error {
	if o.output.value == formatJSON {
		reports := make([]reconcileReport, len(all))
		for i, r := range all {
			reports[i] = newReconcileReport(r)
		}
		return writeJSON(a.out, "  ", map[string][]reconcileReport{"accounts": reports})
	}
	var s strings.Builder
	for i, r := range all {
		if i > 0 {
			s.WriteByte('\n')
		}
		s.WriteString(reconcileText(a.out, r, o.all))
	}
	_, err := io.WriteString(a.out, s.String())
	return err
}

// reconcileText is the table of one account: the days that differ, or all.
func reconcileText(out stream, r *ledger.Reconciliation, all bool) string {
	columns := []column{
		{name: "DAY (UTC)"},
		{name: "BOOKS USD", number: true}, {name: "VENICE USD", number: true}, {name: "GAP USD", number: true},
		{name: "BOOKS DIEM", number: true}, {name: "VENICE DIEM", number: true}, {name: "GAP DIEM", number: true},
		{name: ""},
	}
	var rows [][]string
	agree := 0
	for _, d := range r.Days {
		if d.Reason == ledger.Agrees {
			agree++
			if !all && !d.ReadAgain {
				continue
			}
		}
		rows = append(rows, []string{
			d.Day.Format("Mon 2006-01-02"),
			money.Readable(d.Books.USD), money.Readable(d.Venice.USD), money.Readable(d.Gap.USD),
			money.Readable(d.Books.DIEM), money.Readable(d.Venice.DIEM), money.Readable(d.Gap.DIEM),
			verdict(out, d),
		})
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%s: the books against Venice's sums of %s UTC\n", out.paint(bold, r.Account), r.AskedAt.Format(time.DateTime))
	if len(rows) > 0 {
		s.WriteString("\n" + renderTable(out, columns, rows, true) + "\n")
	}
	fmt.Fprintf(&s, "%d of %d days agree to the last digit.\n", agree, len(r.Days))
	if r.Change.Changed() {
		fmt.Fprintf(&s, "Read again: %s.\n", newChangeCounts(r.Change).what())
	}
	return s.String()
}

// verdict says in words how a day stands.
func verdict(out stream, d ledger.DayCheck) string {
	text := map[ledger.Reason]string{
		ledger.Agrees:        "agrees",
		ledger.NotOver:       "the day is not over, or just is",
		ledger.NotCovered:    out.paint(yellow, "not in the books: run 'ducat sync'"),
		ledger.EarnedCredits: "Venice counted earned credits",
		ledger.Refunds:       "Venice took refunds off",
		ledger.Unexplained:   out.paint(red, "unexplained"),
	}[d.Reason]
	if d.ReadAgain {
		text += " (read again)"
	}
	return text
}

// A reconcileReport is the JSON form.
type reconcileReport struct {
	Account string           `json:"account"`
	AskedAt string           `json:"askedAt"`
	Open    int              `json:"open"`
	Days    []dayCheckReport `json:"days"`
	Change  *changeCounts    `json:"change"` // null when nothing was read again
}

type dayCheckReport struct {
	Day       string    `json:"day"`
	Books     sumsTexts `json:"books"`
	Venice    sumsTexts `json:"venice"`
	Gap       sumsTexts `json:"gap"`
	Earned    string    `json:"earnedCredits"`
	Credit    sumsTexts `json:"credit"`
	Reason    *string   `json:"reason"` // null when there is no gap
	Open      bool      `json:"open"`
	ReadAgain bool      `json:"readAgain"`
}

type sumsTexts struct {
	USD  string `json:"usd"`
	DIEM string `json:"diem"`
}

func newReconcileReport(r *ledger.Reconciliation) reconcileReport {
	report := reconcileReport{
		Account: r.Account, AskedAt: string(export.AppendTime(nil, r.AskedAt)), Open: r.Open(), Days: []dayCheckReport{},
	}
	again := false
	for _, d := range r.Days {
		again = again || d.ReadAgain
		report.Days = append(report.Days, dayCheckReport{
			Day:   d.Day.Format(time.DateOnly),
			Books: newSumsTexts(d.Books), Venice: newSumsTexts(d.Venice), Gap: newSumsTexts(d.Gap),
			Earned: d.Earned.String(), Credit: newSumsTexts(d.Credit),
			Reason: notEmpty(string(d.Reason)), Open: d.Open(), ReadAgain: d.ReadAgain,
		})
	}
	if again {
		report.Change = new(newChangeCounts(r.Change))
	}
	return report
}

func newSumsTexts(s ledger.DaySums) sumsTexts { return sumsTexts{s.USD.String(), s.DIEM.String()} }
