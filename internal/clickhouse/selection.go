package clickhouse

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A condition chooses rows.
type condition struct {
	terms []string
	args  []any
}

func (c *condition) add(term string, args ...any) {
	c.terms = append(c.terms, term)
	c.args = append(c.args, args...)
}

// sql is the WHERE clause.
func (c *condition) sql() string { return " WHERE " + strings.Join(c.terms, " AND ") }

const (
	// entryRows are entries and removals: what is added up counts a row as often
	// as its sign says.
	entryRows = "abs(sign) = 1"

	coverageRows = "abs(sign) = 0"

	// rowKey is what an entry and its removal have in common.
	rowKey = "(account, identity, ordinal, added)"

	// remaining are the entries that were not removed. It reads the journal twice,
	// and so needs a moment that both are of.
	remaining = added + " AND " + rowKey + " GLOBAL NOT IN (SELECT account, identity, ordinal, added FROM ledger_journal WHERE " + removals + ")"
	added     = "sign = 1"
	removals  = "sign = -1"
)

// selects is the condition that a selection makes, of the rows of the moment.
func (r reader) selects(s ledger.Selection) condition {
	var c condition
	if r.at == nil || !r.at.remaining {
		c.add(entryRows)
	}
	if r.at != nil {
		r.at.limit(&c, &s)
	}
	addIn(&c, "account", s.Accounts)
	if r.at != nil && r.at.remaining { // of the removals, those of the moment
		removed := condition{terms: append([]string{removals}, c.terms...), args: c.args}
		c.add(strings.Replace(remaining, removals, strings.Join(removed.terms, " AND "), 1), removed.args...)
	}
	addIn(&c, "currency", s.Currencies)
	addIn(&c, "sku", s.SKUs)
	addIn(&c, "model", s.Models)
	addIn(&c, "request_id", s.Requests)
	c.within("timestamp", s.Window)
	if s.AccountWindows != nil {
		c.withinOwn(s.AccountWindows)
	}
	return c
}

// limit keeps only what is of the moment.
func (m *moment) limit(c *condition, s *ledger.Selection) {
	known := slices.Sorted(maps.Keys(m.heads))
	if len(s.Accounts) > 0 {
		known = slices.DeleteFunc(slices.Clone(s.Accounts), func(account string) bool { _, ok := m.heads[account]; return !ok })
	}
	if s.Accounts = known; len(known) == 0 {
		c.add("false")
		return
	}
	versions := make([]uint64, len(known))
	for i, account := range known {
		versions[i] = m.heads[account].version
	}
	c.add("version <= transform(account, ?, ["+numbers(versions)+"]::Array(UInt64), 0::UInt64)", known)
}

// withinOwn chooses accounts, and of each what is within its own window.
func (c *condition) withinOwn(windows ledger.AccountWindows) {
	if len(windows) == 0 {
		c.add("false")
		return
	}
	accounts, starts, ends := windows.Columns()
	addIn(c, "account", accounts)
	c.within("timestamp", windows.Around())
	const own = "toUnixTimestamp64Micro(timestamp) %s transform(account, ?, [%s]::Array(Int64), 0::Int64)"
	c.add(fmt.Sprintf(own, ">=", numbers(starts)), accounts)
	c.add(fmt.Sprintf(own, "<", numbers(ends)), accounts)
}

// numbers are spelled as a list of SQL.
func numbers[T int64 | uint64](list []T) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
}

// addIn adds a term for some values of a column, unless there are none.
func addIn[T ~string](c *condition, column string, values []T) {
	if len(values) > 0 {
		texts := make([]any, len(values))
		for i, v := range values {
			texts[i] = string(v)
		}
		c.add(column+" IN ?", clickhouse.GroupSet{Value: texts})
	}
}

// within chooses by a column of instants; a zero side of the window is open.
func (c *condition) within(column string, w ledger.Window) {
	if !w.Start.IsZero() {
		c.add(column + " >= " + instant(w.Start))
	}
	if !w.End.IsZero() {
		c.add(column + " < " + instant(w.End))
	}
}

// instant is the first microsecond that is not before t, as SQL.
func instant(t time.Time) string {
	return fmt.Sprintf("fromUnixTimestamp64Micro(%d, 'UTC')", ledger.NotBefore(t).UnixMicro())
}
