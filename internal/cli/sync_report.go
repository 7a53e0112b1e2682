package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/venice"
)

// A syncRound is what a sync of all accounts did, by name of the account.
type syncRound struct {
	Accounts []syncReport `json:"accounts"`
	Others   []string     `json:"others"` // accounts that other workers did
}

func newSyncRound(reports []syncReport, others []string) syncRound {
	slices.SortStableFunc(reports, func(a, b syncReport) int { return strings.Compare(a.Account, b.Account) })
	return syncRound{notNil(reports), notNil(others)}
}

// text tells a person.
func (r syncRound) text(out stream) string {
	var s strings.Builder
	for _, account := range r.Accounts {
		s.WriteString(account.text(out))
	}
	if n := len(r.Others); n > 0 {
		fmt.Fprintf(&s, "Other workers did %s: %s.\n", plural(n, "account", "accounts"), someOf(r.Others))
	}
	return s.String()
}

// A syncReport is what a sync of one account did.
type syncReport struct {
	Account  string          `json:"account"`
	Complete bool            `json:"complete"`
	Horizon  string          `json:"horizon"`
	Requests int             `json:"requests"`
	Entries  int             `json:"entries"`
	Fresh    int             `json:"fresh"`
	Added    int             `json:"added"`
	Removed  int             `json:"removed"`
	Changes  []changeReport  `json:"changes"`
	Unread   []export.Window `json:"unread"`
	KeyDays  int             `json:"keyDays"`
	Warnings []string        `json:"warnings"`

	upTo time.Time
}

// A changeReport is what came and went in a window that had been read before.
type changeReport struct {
	export.Window
	changeCounts
}

// changeCounts count entries that came and went, and add up their amounts by
// currency.
type changeCounts struct {
	Added         int               `json:"added"`
	Removed       int               `json:"removed"`
	AddedAmount   map[string]string `json:"addedAmount"`
	RemovedAmount map[string]string `json:"removedAmount"`
}

func newSyncReport(r *ledger.SyncResult, err error) syncReport {
	report := syncReport{
		Account: r.Account, Complete: err == nil,
		Horizon:  string(export.AppendTime(nil, r.Horizon)),
		Requests: r.Requests, Entries: r.Entries,
		Fresh: r.Change.Fresh, Added: r.Change.Added, Removed: r.Change.Removed,
		Changes: []changeReport{}, Unread: []export.Window{}, Warnings: []string{},
		KeyDays: r.KeyDays, upTo: r.Horizon,
	}
	for _, c := range r.Changes {
		report.Changes = append(report.Changes, changeReport{export.NewWindow(c.Window), newChangeCounts(c)})
	}
	for _, w := range r.Unread {
		report.Unread = append(report.Unread, export.NewWindow(w))
	}
	if r.BalanceErr != nil {
		report.Warnings = append(report.Warnings, "no balance: "+sentence(r.BalanceErr))
	}
	if r.KeyDaysErr != nil {
		report.Warnings = append(report.Warnings, "no totals by key: "+sentence(r.KeyDaysErr))
	}
	if r.KeysErr != nil {
		report.Warnings = append(report.Warnings, "no list of keys: "+sentence(r.KeysErr))
	}
	return report
}

func newChangeCounts(c ledger.Change) changeCounts {
	return changeCounts{c.Added, c.Removed, amountTexts(c.AddedAmount), amountTexts(c.RemovedAmount)}
}

func amountTexts(amounts map[venice.Currency]decimal.Decimal) map[string]string {
	texts := make(map[string]string, len(amounts))
	for currency, amount := range amounts {
		texts[string(currency)] = amount.String()
	}
	return texts
}

// text tells a person.
func (r syncReport) text(out stream) string {
	var s strings.Builder
	upTo := "up to " + r.upTo.Format(time.DateTime) + " UTC"
	if !r.Complete {
		upTo = out.paint(yellow, "incomplete")
	}
	fmt.Fprintf(&s, "%s: %s. %s entries read, %s of them new, in %s requests.\n", out.paint(bold, r.Account), upTo,
		money.Thousands(strconv.Itoa(r.Entries)), money.Thousands(strconv.Itoa(r.Fresh)), money.Thousands(strconv.Itoa(r.Requests)))
	for _, c := range r.Changes {
		fmt.Fprintf(&s, "  Venice changed %s: %s\n", c.Window, c.what())
	}
	for _, w := range r.Unread {
		fmt.Fprintf(&s, "  not read: %s\n", w)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&s, "  %s\n", w)
	}
	return s.String()
}

// what tells what came and went.
func (c changeCounts) what() string {
	var parts []string
	if c.Added > 0 {
		parts = append(parts, fmt.Sprintf("%d added (%s)", c.Added, amountList(c.AddedAmount)))
	}
	if c.Removed > 0 {
		parts = append(parts, fmt.Sprintf("%d removed (%s)", c.Removed, amountList(c.RemovedAmount)))
	}
	return strings.Join(parts, ", ")
}

func amountList(amounts map[string]string) string {
	var parts []string
	for _, currency := range slices.Sorted(maps.Keys(amounts)) {
		parts = append(parts, amounts[currency]+" "+currency)
	}
	return strings.Join(parts, ", ")
}

// notNil makes the empty list [] in JSON.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
