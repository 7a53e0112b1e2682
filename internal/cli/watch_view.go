package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/venice"
)

const (
	// wideView is the width from which there are two columns; below smallWidth or
	// smallHeight titles and air are left out.
	wideView                   = 100
	smallWidth, smallHeight    = 60, 20
	columnGap                  = 3
	mostBudgets, mostPerColumn = 4, 8
)

// frame is the whole screen: as many lines as it is high, none wider than it is.
func (m watchModel) frame() string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	head, foot := m.header(), m.footer()
	room := max(0, m.height-len(head)-len(foot))
	var body []string
	switch {
	case m.sight == nil:
		body = []string{"", m.waiting()}
	case m.width < smallWidth || m.height < smallHeight:
		body = m.smallBody(room)
	case m.width >= wideView:
		body = m.wideBody(room)
	default:
		body = m.body(m.width, room)
	}
	body = body[:min(len(body), room)]
	for len(body) < room {
		body = append(body, "")
	}
	lines := append(append(head, body...), foot...)
	for i, line := range lines {
		lines[i] = ansi.Truncate(line, m.width, "…")
	}
	return strings.Join(lines[:min(len(lines), m.height)], "\n")
}

// apart puts two texts at the ends of a line, or only the first where both do not
// fit.
func apart(left, right string, width int) string {
	gap := width - ansi.StringWidth(left) - ansi.StringWidth(right)
	if gap < 1 {
		return left
	}
	return left + strings.Repeat(" ", gap) + right
}

func (m watchModel) header() []string {
	name := m.out.paint(bold, "Ducat")
	if m.sight != nil {
		var accounts []string
		for _, a := range m.sight.status.Accounts {
			accounts = append(accounts, a.Name)
		}
		name += "  " + m.out.paint(dim, someOf(accounts))
	}
	clock := m.now.UTC().Format("15:04:05") + " UTC"
	if m.width >= smallWidth {
		clock = m.now.UTC().Format("Mon 2 Jan  15:04:05") + " UTC"
	}
	line := apart(name, clock, m.width)
	if m.height < smallHeight {
		return []string{line}
	}
	return []string{line, ""}
}

// waiting is what there is to see before the first look.
func (m watchModel) waiting() string {
	switch {
	case m.blind == nil:
		return "Opening the books."
	case m.syncing:
		return "The books are empty: reading the history from Venice."
	default:
		return "There is nothing to see in the books yet."
	}
}

// footer says how fresh it all is, and what failed.
func (m watchModel) footer() []string {
	var lines []string
	if m.height >= smallHeight {
		lines = append(lines, m.out.paint(dim, strings.Repeat("─", m.width)))
	}
	if m.blind != nil && (m.noSync || !errors.Is(m.blind, ledger.ErrNoLedger)) {
		lines = append(lines, m.out.paint(red, "books: "+sentence(m.blind)))
	}
	if m.failed != nil {
		lines = append(lines, m.out.paint(red, "sync failed: "+sentence(m.failed)))
	}
	keys := "q quit"
	if !m.noSync {
		keys += "  s sync now"
	}
	keys = m.out.paint(dim, keys)
	var parts []string
	for _, part := range []string{m.freshness(), m.syncState()} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	// On one line, if the keys fit there too.
	if last := strings.Join(parts, "  "); ansi.StringWidth(last)+2+ansi.StringWidth(keys) <= m.width {
		return append(lines, apart(last, keys, m.width))
	}
	for len(parts) > 1 {
		lines, parts = append(lines, parts[0]), parts[1:]
	}
	return append(lines, apart(strings.Join(parts, ""), keys, m.width))
}

// freshness says how old the books are, and what they lack.
func (m watchModel) freshness() string {
	if m.sight == nil {
		return ""
	}
	all := m.standing()
	if all.AsOf.IsZero() {
		return m.out.paint(yellow, "nothing read yet")
	}
	text := "books end " + m.clock(all.AsOf) + ", " + all.age()
	if all.isStale() {
		text = m.out.paint(yellow, text)
	}
	if !all.Complete {
		return text + ", " + m.out.paint(yellow, "incomplete")
	}
	return text + ", " + m.out.paint(green, "complete")
}

// clock is the time of an instant, with its day if that is not today.
func (m watchModel) clock(t time.Time) string {
	if day(t).Equal(day(m.now)) {
		return t.UTC().Format("15:04:05")
	}
	return t.UTC().Format("2 Jan 15:04")
}

func (m watchModel) syncState() string {
	switch {
	case m.noSync:
		return m.out.paint(dim, "only looking")
	case m.syncing && m.read.Total > 0 && m.read.Entries > 0:
		share := percent(wholeSeconds(m.read.Read), wholeSeconds(m.read.Total))
		return m.out.paint(cyan, fmt.Sprintf("syncing: %s%%, %s", share.StringFixed(1), plural(m.read.Entries, "entry", "entries")))
	case m.syncing:
		return m.out.paint(cyan, "syncing")
	case m.next.IsZero():
		return ""
	}
	return m.out.paint(dim, "next sync in "+max(0, m.next.Sub(m.now)).Round(time.Second).String())
}

func (m watchModel) standing() standing {
	return standing{m.sight.status.Total(), m.sight.status.Budgets, m.now, staleAfter, false}
}

// title is the line above a part of the view.
func (m watchModel) title(name, note string, width int) string {
	head := m.out.paint(bold, name)
	if note != "" {
		head += " " + m.out.paint(dim, note)
	}
	rest := max(0, width-ansi.StringWidth(head)-1)
	return head + " " + m.out.paint(dim, strings.Repeat("─", rest))
}

// body is one column: what is left, what was spent, then what there is room for.
func (m watchModel) body(width, room int) []string {
	lines := append(m.balance(width), m.spend(width)...)
	budgets := m.budgets(width)
	left := room - len(lines) - len(budgets)
	const least = 4 // a title and some entries
	rows := min(3, left-1-least)
	if rows > 0 {
		lines = append(lines, m.hours(width, rows)...)
	}
	lines = append(lines, budgets...)
	return append(lines, m.entries(width, room-len(lines))...)
}

// wideBody is two columns: money at the left, time at the right.
func (m watchModel) wideBody(room int) []string {
	left := (m.width - columnGap) * 9 / 20
	right := m.width - columnGap - left
	first := append(append(m.balance(left), ""), m.spend(left)...)
	if budgets := m.budgets(left); len(budgets) > 0 {
		first = append(append(first, ""), budgets...)
	}
	rows := min(mostPerColumn, max(1, (room-6)/4))
	second := append(m.hours(right, rows), "")
	return sideBySide(first, append(second, m.entries(right, room-len(second))...), left, room)
}

// sideBySide joins two columns.
func sideBySide(first, second []string, width, room int) []string {
	block := lipgloss.NewStyle().Width(width + columnGap).MaxWidth(width + columnGap)
	for i, line := range first {
		first[i] = ansi.Truncate(line, width, "…")
	}
	joined := lipgloss.JoinHorizontal(lipgloss.Top, block.Render(strings.Join(first, "\n")), strings.Join(second, "\n"))
	lines := strings.Split(joined, "\n")
	return lines[:min(len(lines), room)]
}

// smallBody has what matters most, line by line.
func (m watchModel) smallBody(room int) []string {
	all := m.standing()
	lines := m.epochLines(m.width)
	lines = append(lines, m.currencyLines(m.width)...)
	lines = append(lines, m.spendLines(m.width)...)
	if over := all.exceeded(); over != "" {
		lines = append(lines, m.out.paint(red, "over budget: "+over))
	}
	if len(lines)+1 < room {
		bars, _ := chart(m.out, m.sight.hours, m.width, 1)
		lines = append(lines, bars...)
	}
	return append(lines, m.entryLines(m.width, room-len(lines))...)
}

// entries are the latest ones, below a title.
func (m watchModel) entries(width, room int) []string {
	if room < 2 {
		return nil
	}
	lines := m.entryLines(width, room-1)
	if len(lines) == 0 {
		lines = []string{m.out.paint(dim, "none yet")}
	}
	return append([]string{m.title("Latest entries", "", width)}, lines...)
}

// entryLines has an entry on each line. The model and the meter get what room the
// other cells leave.
func (m watchModel) entryLines(width, room int) []string {
	entries := m.sight.latest[:max(0, min(room, len(m.sight.latest)))]
	if len(entries) == 0 {
		return nil
	}
	const gap = 2
	rows := make([][]string, len(entries))
	var others, whole, fraction int
	for i, e := range entries {
		when, amount := e.Timestamp.UTC().Format("15:04:05"), money.Readable(e.Amount)
		if !day(e.Timestamp).Equal(day(m.now)) {
			when = e.Timestamp.UTC().Format("2 Jan")
		}
		fraction = max(fraction, fractionWidth(amount))
		whole = max(whole, len(amount)-fractionWidth(amount))
		if e.Amount.IsPositive() {
			amount = m.out.paint(green, amount)
		}
		rows[i] = []string{m.out.paint(dim, when), "", amount, printable(string(e.Currency))}
		others = max(others, len("15:04:05")+ansi.StringWidth(rows[i][3])+3*gap)
	}
	for i, e := range entries {
		rows[i][1] = usedText(&e, max(12, width-others-whole-fraction))
	}
	columns := []column{{}, {}, {number: true}, {}}
	return strings.Split(strings.TrimSuffix(renderTable(m.out, columns, rows, false), "\n"), "\n")
}

// usedText is what an entry charges: the model, shortened where there is no room,
// and the meter.
func usedText(e *ledger.Entry, width int) string {
	sku := venice.ParseSKU(e.SKU)
	model, meter := printable(sku.Model), " "+printable(sku.Meter)
	if model == printable(e.SKU) || len(meter) > width/2 {
		return shorten(model, width)
	}
	return shorten(model, width-len(meter)) + meter
}
