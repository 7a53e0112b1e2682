package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// A Budget is what may be spent, and who hears of it.
type Budget struct {
	report.Budget
	// Thresholds are percents of the amount, ascending. Receivers of Alerts are
	// told when one is reached.
	Thresholds []int
	Alerts     []string // names of receivers
}

// maxThreshold is the highest percentage that may be watched.
const maxThreshold = 1000

// Amounts are bounded by what the books can hold.
var amountText = regexp.MustCompile(`^[0-9]{1,14}(\.[0-9]{1,24})?$`)

func (r *reader) budget(tree map[string]any, at []string, receivers []Receiver) Budget {
	r.known(tree, at, "amount", "currency", "period", "tz", "accounts", "models", "key", "thresholds", "alerts")
	faults := len(r.faults)
	b := Budget{Budget: report.Budget{
		Name:     at[1],
		Accounts: r.list(tree, at, "accounts"),
		Models:   r.list(tree, at, "models"),
		Key:      r.string(tree, at, "key"),
		Amount:   r.amount(tree, at),
		Currency: venice.Currency(r.string(tree, at, "currency")),
		Period:   report.BudgetPeriod(r.string(tree, at, "period")),
		Zone:     r.zone(tree, at),
	}}
	b.Thresholds, b.Alerts = r.thresholds(tree, at), r.list(tree, at, "alerts")
	slices.Sort(b.Alerts)
	b.Alerts = slices.Compact(b.Alerts)
	if b.Currency == "" && tree["currency"] == nil {
		r.fault(at, fmt.Sprintf("give a currency, such as %q, or %q for the dollar equivalent", venice.USD, report.Dollars))
	}
	if b.Currency == report.Dollars {
		b.Currency = ""
	}
	for _, name := range b.Alerts {
		if !slices.ContainsFunc(receivers, func(r Receiver) bool { return r.Name == name }) {
			r.fault(append(at, "alerts"), "names an alert that is not there: give it a table [alerts.NAME]")
			break
		}
	}
	if len(r.faults) > faults {
		return b // what is wrong in it is said
	}
	if err := b.Check(); err != nil {
		r.fault(at, strings.TrimPrefix(err.Error(), report.ErrQuestion.Error()+": "))
	}
	return b
}

// amount reads a decimal with every digit. A TOML number with a point is refused,
// since what it was written as is lost.
func (r *reader) amount(tree map[string]any, at []string) decimal.Decimal {
	var text string
	switch value := tree["amount"].(type) {
	case nil:
		r.fault(at, `give an amount = "100"`)
		return decimal.Zero
	case string:
		text = value
	case int64:
		text = fmt.Sprint(value)
	default:
		r.fault(append(at, "amount"), `must be in quotes, "12.50", or a whole number: other numbers of TOML are not exact`)
		return decimal.Zero
	}
	amount, err := decimal.NewFromString(text)
	if err != nil || !amountText.MatchString(text) || !amount.IsPositive() {
		r.fault(append(at, "amount"), `must be a decimal of more than 0, such as "12.50", with at most 14 digits before the point and 24 after it`)
		return decimal.Zero
	}
	return amount
}

func (r *reader) zone(tree map[string]any, at []string) *time.Location {
	name := r.string(tree, at, "tz")
	if name == "" {
		return time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		r.fault(append(at, "tz"), "must be the name of a zone, such as Europe/Berlin or UTC")
		return time.UTC
	}
	return zone
}

func (r *reader) thresholds(tree map[string]any, at []string) []int {
	value, ok := tree["thresholds"]
	if !ok {
		return []int{50, 80, 100}
	}
	list, ok := value.([]any)
	var thresholds []int
	for _, item := range list {
		percent, whole := item.(int64)
		ok = ok && whole && percent >= 1 && percent <= maxThreshold && !slices.Contains(thresholds, int(percent))
		if ok {
			thresholds = append(thresholds, int(percent))
		}
	}
	if !ok || len(thresholds) == 0 {
		r.fault(append(at, "thresholds"), fmt.Sprintf("must be a list of percents such as [50, 80, 100]: whole numbers from 1 to %d, none twice", maxThreshold))
	}
	slices.Sort(thresholds)
	return thresholds
}

// list reads texts that may be missing, none of them empty.
func (r *reader) list(tree map[string]any, at []string, name string) []string {
	value, ok := tree[name]
	if !ok {
		return nil
	}
	items, ok := value.([]any)
	var texts []string
	for _, item := range items {
		text, _ := item.(string)
		ok = ok && strings.TrimSpace(text) != ""
		texts = append(texts, text)
	}
	if !ok || len(texts) == 0 {
		r.fault(append(at, name), `must be a list of texts: ["one", "two"]`)
	}
	return texts
}
