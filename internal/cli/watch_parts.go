package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/internal/status"
)

// wholeSeconds is a span of time as a number.
func wholeSeconds(d time.Duration) decimal.Decimal { return decimal.NewFromInt(int64(d / time.Second)) }

// balance is what is left: the gauge of the epoch, then the other currencies, then
// each account where there are several.
func (m watchModel) balance(width int) []string {
	lines := append([]string{m.title("Balance", "", width)}, m.epochLines(width)...)
	lines = append(lines, m.currencyLines(width)...)
	accounts := m.sight.status.Accounts
	if len(accounts) < 2 {
		return lines
	}
	for _, a := range accounts[:min(len(accounts), mostPerColumn)] {
		one := standing{Account: a, now: m.now, stale: staleAfter}
		lines = append(lines, fmt.Sprintf("%s  DIEM %s  USD %s", m.out.paint(dim, printable(a.Name)), one.diem(), readableNull(a.USD)))
	}
	return lines
}

// epochLines are how much of the epoch's DIEM is gone, and when it refills.
func (m watchModel) epochLines(width int) []string {
	all := m.standing()
	ends := day(m.now).AddDate(0, 0, 1)
	switch used := all.EpochUsed(m.now); {
	case used.Valid:
		share := percent(used.Decimal, all.Allocation).StringFixed(1) + "% used"
		bar := max(4, min(60, width-len("DIEM  ")-len(share)-2))
		const indent = "      "
		left := fmt.Sprintf("%s of %s left", m.out.paint(bold, money.Readable(all.DIEM.Decimal)), money.Readable(all.Allocation))
		facts := flow([]string{left, "refills in " + duration(ends.Sub(m.now)) + " (00:00 UTC)"}, ", ", width-len(indent))
		facts = append(facts, m.runOuts(width-len(indent))...)
		lines := []string{"DIEM  " + gauge(m.out, used.Decimal, all.Allocation, bar) + "  " + share}
		for _, fact := range facts {
			lines = append(lines, indent+fact)
		}
		return lines
	case all.BalanceAt.IsZero():
		return []string{"DIEM  " + m.out.paint(dim, "no balance read yet")}
	case !all.DIEM.Valid:
		return nil // an account without
	case !all.InEpoch(m.now):
		return []string{"DIEM  " + m.out.paint(yellow, "refilled at 00:00 UTC, not read since")}
	}
	return []string{"DIEM  " + m.out.paint(bold, money.Readable(all.DIEM.Decimal)) + " left"}
}

// runOuts say when the DIEM of accounts is used up, of those where it is first.
func (m watchModel) runOuts(width int) []string {
	var lines []string
	first, others := report.Neediest(m.sight.forecast.RunOuts, mostRunOuts, report.ByRunOut)
	for _, r := range first {
		text := ""
		switch r.Forecast.Verdict {
		case report.IsOut:
			text = m.out.paint(red, "used up")
		case report.NotBeforeReset:
			text = m.out.paint(green, "lasts until it refills")
		case report.RunsOut:
			text = m.out.paint(yellow, "runs out at "+r.Forecast.At.UTC().Format("15:04")+", "+ahead(r.Forecast.At.Sub(m.now)))
		default:
			continue
		}
		if len(m.sight.forecast.RunOuts) > 1 {
			text = printable(r.Account) + ": " + text
		}
		var more []string
		if now := r.PresentRate; now.Verdict == report.RunsOut {
			more = []string{"at the present rate at " + now.At.UTC().Format("15:04")}
		} else if now.Verdict == report.NotBeforeReset && r.Forecast.Verdict == report.RunsOut {
			more = []string{"not at the present rate"}
		}
		text += longest(more, "; ", width-ansi.StringWidth(text))
		lines = append(lines, text)
	}
	if others > 0 {
		lines = append(lines, m.out.paint(dim, plural(others, "more account", "more accounts")+" later, if at all"))
	}
	return lines
}

// currencyLines are the other currencies that there are, as many on a line as fit.
func (m watchModel) currencyLines(width int) []string {
	all := m.standing()
	var parts []string
	for _, c := range []struct {
		name string
		left decimal.NullDecimal
	}{{"USD", all.USD}, {"bundled", all.BundledCredits}, {"earned", all.EarnedCredits}} {
		if c.left.Valid {
			parts = append(parts, m.out.paint(dim, c.name)+" "+m.out.paint(bold, money.Readable(c.left.Decimal)))
		}
	}
	return flow(parts, "   ", width)
}

// flow puts parts on lines, as many as fit.
func flow(parts []string, gap string, width int) []string {
	var lines []string
	for _, part := range parts {
		last := len(lines) - 1
		if last >= 0 && ansi.StringWidth(lines[last])+len(gap)+ansi.StringWidth(part) <= width {
			lines[last] += gap + part
		} else {
			lines = append(lines, part)
		}
	}
	return lines
}

// A spendRow is a line of what was spent, and what may stand beside it, the
// longest first.
type spendRow struct {
	name, spent string
	beside      []string
}

func (m watchModel) spendRows() []spendRow {
	all := m.standing()
	var change []string
	if burns := m.sight.forecast.Burns; len(burns) > 0 && burns[0].Dollars.Change.Valid {
		text := changeText(burns[0].Dollars.Change.Decimal)
		change = []string{m.out.paint(dim, text+" on the hour before"), m.out.paint(dim, text)}
	}
	return []spendRow{
		{"today", dollars(all.Today), m.expected("day")},
		{"month", dollars(all.Month), m.expected("month")},
		{"last hour", dollars(all.Hour), change},
	}
}

// line puts the longest beside that fits.
func (r spendRow) line(out stream, spent, width int) string {
	const names = len("last hour")
	line := out.paint(dim, r.name) + strings.Repeat(" ", names-len(r.name)+2) + out.paint(bold, r.spent)
	gap := strings.Repeat(" ", max(0, spent-ansi.StringWidth(r.spent))+2)
	return line + longest(r.beside, gap, width-ansi.StringWidth(line))
}

// longest is the first text that fits behind the gap, with it, or "".
func longest(texts []string, gap string, width int) string {
	for _, text := range texts {
		if len(gap)+ansi.StringWidth(text) <= width {
			return gap + text
		}
	}
	return ""
}

// spendLines are the rows, what is beside them aligned.
func (m watchModel) spendLines(width int) []string {
	rows := m.spendRows()
	var lines []string
	spent := 0
	for _, row := range rows {
		spent = max(spent, ansi.StringWidth(row.spent))
	}
	for _, row := range rows {
		lines = append(lines, row.line(m.out, spent, width))
	}
	return lines
}

// expected is the forecast of a period's total, with and without its range.
func (m watchModel) expected(period string) []string {
	for _, o := range m.sight.forecast.Outlooks {
		if o.Period != period || !o.Dollars.Total.Valid {
			continue
		}
		text := "→ ~$" + roughly(o.Dollars.Total.Decimal)
		if !o.Dollars.Low.Valid || !o.Dollars.High.Valid {
			return []string{text}
		}
		return []string{fmt.Sprintf("%s (%s to %s)", text, roughly(o.Dollars.Low.Decimal), roughly(o.Dollars.High.Decimal)), text}
	}
	return nil
}

// roughly is a number that is only estimated: cents are enough from 1 on.
func roughly(d decimal.Decimal) string {
	if d.Abs().GreaterThanOrEqual(decimal.NewFromInt(1)) {
		d = d.Round(2)
	}
	return money.Readable(d)
}

// changeText is a change in percent, with its sign.
func changeText(percent decimal.Decimal) string {
	if percent.IsNegative() {
		return percent.String() + "%"
	}
	return "+" + percent.String() + "%"
}

// spend is what was spent and is expected, below a title.
func (m watchModel) spend(width int) []string {
	lines := append([]string{m.title("Spent", "in dollar equivalents, → expected in all", width)}, m.spendLines(width)...)
	if unpriced := m.standing().Unpriced; len(unpriced) > 0 {
		var names []string
		for _, currency := range unpriced {
			names = append(names, printable(string(currency)))
		}
		lines = append(lines, m.out.paint(yellow, "without "+strings.Join(names, ", ")+": worth unknown"))
	}
	return lines
}

// hours is the chart of what was spent hour by hour, below a title.
func (m watchModel) hours(width, rows int) []string {
	bars, shown := chart(m.out, m.sight.hours, width, rows)
	var most decimal.Decimal
	for _, v := range shown {
		most = decimal.Max(most, v.Decimal)
	}
	note := fmt.Sprintf("last %s, at most %s", plural(len(shown), "hour", "hours"), dollars(decimal.NewNullDecimal(most)))
	return append([]string{m.title("By hour", note, width)}, bars...)
}

// budgets are bars, those nearest to their amounts first, below a title.
func (m watchModel) budgets(width int) []string {
	budgets := m.standing().nearest()
	if len(budgets) == 0 {
		return nil
	}
	note := ""
	if len(budgets) > mostBudgets {
		note = fmt.Sprintf("%d of %d", mostBudgets, len(budgets))
		budgets = budgets[:mostBudgets]
	}
	name := 0
	for _, b := range budgets {
		name = max(name, min(14, ansi.StringWidth(printable(b.Name))))
	}
	lines := []string{m.title("Budgets", note, width)}
	for _, b := range budgets {
		lines = append(lines, m.budgetLine(b, name, width))
	}
	return lines
}

// budgetLine leaves out what would leave no room for the bar. Where the books lack
// a part of the period, at least so much is spent.
func (m watchModel) budgetLine(b status.Budget, name, width int) string {
	const least, longest, gaps = 8, 30, 4
	unit := printable(b.Unit)
	if b.Unit == report.Dollars {
		unit = "~$"
	}
	share := spentShare(b)
	if !b.Complete {
		share = "≥" + share
	}
	share = fmt.Sprintf("%6s", share)
	amounts := fmt.Sprintf("%s  %s of %s %s", share, money.Readable(b.Spent), money.Readable(b.Amount), unit)
	text := share
	for _, longer := range []string{amounts, amounts + " per " + string(b.Period)} {
		if width-name-gaps-ansi.StringWidth(longer) >= least {
			text = longer
		}
	}
	bar := max(least, min(longest, width-name-gaps-ansi.StringWidth(text)))
	if b.Exceeded {
		text = m.out.paint(red, text)
	}
	label := shorten(printable(b.Name), name)
	return label + strings.Repeat(" ", name-ansi.StringWidth(label)+2) + gauge(m.out, b.Spent, b.Amount, bar) + "  " + text
}
