package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/internal/status"
)

// A standing is how the accounts stand together, as of now.
type standing struct {
	status.Account
	budgets []status.Budget
	now     time.Time
	stale   time.Duration // books older than this are marked
	// outdated: the books have changed since, and cannot be asked at the moment.
	outdated bool
}

// line is the status on one line.
func (s standing) line(out stream) string {
	var parts []string
	add := func(name, value string) { parts = append(parts, out.paint(dim, name)+" "+value) }
	diem := s.diem()
	if used := s.EpochUsed(s.now); used.Valid {
		share := percent(used.Decimal, s.Allocation)
		diem += " " + out.paint(shareColor(share), "("+share.StringFixed(1)+"% used)")
	}
	add("DIEM", diem)
	add("USD", readableNull(s.USD))
	add("today", dollars(s.Today))
	add("month", dollars(s.Month))
	burn := dollars(s.Hour)
	if s.Hour.Valid {
		burn += "/h"
	}
	add("burn", burn)
	for _, mark := range s.marks() {
		parts = append(parts, out.paint(yellow, mark))
	}
	return strings.Join(parts, " | ")
}

// diem is what is left of today's epoch: a balance of an earlier one says
// nothing of it.
func (s standing) diem() string {
	if !s.InEpoch(s.now) {
		return "-"
	}
	return readableNull(s.DIEM)
}

// dollars is a dollar equivalent.
func dollars(d decimal.NullDecimal) string {
	if !d.Valid {
		return "-"
	}
	return "~$" + money.Readable(d.Decimal)
}

// marks say what one should know of the figures.
func (s standing) marks() []string {
	var marks []string
	if over := s.exceeded(); over != "" {
		marks = append(marks, "over budget: "+over)
	}
	if len(s.Unpriced) > 0 {
		var names []string
		for _, currency := range s.Unpriced {
			names = append(names, printable(string(currency)))
		}
		marks = append(marks, "without "+strings.Join(names, ", "))
	}
	if s.isStale() {
		marks = append(marks, "stale: "+s.age())
	}
	if s.outdated {
		marks = append(marks, "old: books not at hand")
	}
	if !s.Complete {
		marks = append(marks, "incomplete")
	}
	return marks
}

// exceeded names the budgets that are exceeded.
func (s standing) exceeded() string {
	var over []string
	for _, b := range s.budgets {
		if b.Exceeded {
			over = append(over, printable(b.Name)+" "+spentShare(b))
		}
	}
	return strings.Join(over, ", ")
}

// spentShare is the share of a budget, spelled as 'ducat budget' does.
func spentShare(b status.Budget) string {
	return shareText(&report.BudgetState{Budget: report.Budget{Amount: b.Amount}, Spent: b.Spent}) + "%"
}

// isStale says whether the books end too long ago.
func (s standing) isStale() bool { return s.AsOf.IsZero() || s.now.Sub(s.AsOf) > s.stale }

// age is how long ago the books end.
func (s standing) age() string {
	if s.AsOf.IsZero() {
		return "never read"
	}
	return ago(s.now.Sub(s.AsOf))
}

// epoch is the share of today's DIEM that is used.
func (s standing) epoch() string {
	used := s.EpochUsed(s.now)
	if !used.Valid {
		return "-"
	}
	return percent(used.Decimal, s.Allocation).StringFixed(1) + "%"
}

// placeholders are what --format knows, in the order of the help.
var placeholders = []struct {
	name, help string
	value      func(standing) string
}{
	{"diem", "DIEM that is left of today's epoch", standing.diem},
	{"epoch", "share of the epoch's DIEM that is used", standing.epoch},
	{"usd", "USD that is left", func(s standing) string { return readableNull(s.USD) }},
	{"today", "spent this UTC day, in dollar equivalents", func(s standing) string { return readableNull(s.Today) }},
	{"month", "the same of this UTC month", func(s standing) string { return readableNull(s.Month) }},
	{"burn", "the same of the last hour that the books know", func(s standing) string { return readableNull(s.Hour) }},
	{"budgets", "the budgets that are exceeded", standing.exceeded},
	{"age", "how long ago the books end", standing.age},
	{"marks", "what else one should know, as at the end of the line", func(s standing) string { return strings.Join(s.marks(), ", ") }},
}

func placeholderHelp() string {
	var s strings.Builder
	for _, p := range placeholders {
		fmt.Fprintf(&s, "  %-10s %s\n", "{"+p.name+"}", p.help)
	}
	return s.String()
}

// A part of a format is a text, or the value of a placeholder.
type part struct {
	text  string
	value func(standing) string // nil for a text
}

// parseFormat takes a format apart.
func parseFormat(format string) (parts []part, err error) {
	for format != "" {
		i := strings.IndexAny(format, "{}")
		if i < 0 {
			return append(parts, part{text: format}), nil
		}
		text, rest := format[:i], format[i:]
		switch {
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
			parts, format = append(parts, part{text: text + rest[:1]}), rest[2:]
			continue
		case rest[0] == '}':
			return nil, fmt.Errorf("invalid --format: a } without its {; }} is a brace of its own")
		}
		name, after, closed := strings.Cut(rest[1:], "}")
		value := placeholder(name)
		if !closed || value == nil {
			return nil, fmt.Errorf("invalid --format: unknown placeholder %q; known are %s", rest[:min(len(rest), len(name)+2)], placeholderNames())
		}
		parts, format = append(parts, part{text: text}, part{value: value}), after
	}
	return parts, nil
}

func placeholder(name string) func(standing) string {
	for _, p := range placeholders {
		if p.name == name {
			return p.value
		}
	}
	return nil
}

func placeholderNames() string {
	var names []string
	for _, p := range placeholders {
		names = append(names, "{"+p.name+"}")
	}
	return strings.Join(names, ", ")
}

// fill puts the parts of a format together.
func fill(parts []part, s standing) string {
	var text strings.Builder
	for _, p := range parts {
		if p.value != nil {
			text.WriteString(p.value(s))
		} else {
			text.WriteString(p.text)
		}
	}
	return text.String()
}

// nearest are the budgets with those first of which the largest share is spent.
func (s standing) nearest() []status.Budget {
	return slices.SortedStableFunc(slices.Values(s.budgets), func(a, b status.Budget) int { return b.Share.Cmp(a.Share) })
}
