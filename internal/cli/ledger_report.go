package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ducat-ledger/ducat/internal/transfer"
	"github.com/ducat-ledger/ducat/venice"
)

// A copyReport is what a copy did, and whether it is one.
type copyReport struct {
	From               string             `json:"from"`
	To                 string             `json:"to"`
	Complete           bool               `json:"complete"`
	Accounts           []copiedReport     `json:"accounts"`
	Differences        []differenceReport `json:"differences"`
	DifferencesOmitted int                `json:"differencesOmitted"`

	compared bool // and nothing copied
}

type copiedReport struct {
	Account  string         `json:"account"`
	Entries  int64          `json:"entries"`
	Copied   int64          `json:"copied"`
	Amounts  []copiedAmount `json:"amounts"`
	Balances int            `json:"balances"`
	KeyDays  int            `json:"keyDays"`
}

type copiedAmount struct {
	Currency venice.Currency `json:"currency"`
	Spend    string          `json:"spend"`
	Credit   string          `json:"credit"`
}

type differenceReport struct {
	Account  string  `json:"account"`
	What     string  `json:"what"`
	Day      *string `json:"day"`
	Currency *string `json:"currency"`
	SKU      *string `json:"sku"`
	From     string  `json:"from"`
	To       string  `json:"to"`

	text string
}

func newCopyReport(from, to string, compared bool, result *transfer.Result) copyReport {
	r := copyReport{
		From: from, To: to, Complete: len(result.Differences.First) == 0,
		Accounts: []copiedReport{}, Differences: []differenceReport{}, DifferencesOmitted: result.Differences.More, compared: compared,
	}
	for _, a := range result.Accounts {
		amounts := []copiedAmount{}
		for _, currency := range slices.Sorted(maps.Keys(a.Amounts)) {
			amount := a.Amounts[currency]
			amounts = append(amounts, copiedAmount{currency, amount.Spend.String(), amount.Credit.String()})
		}
		r.Accounts = append(r.Accounts, copiedReport{a.Name, a.Entries, a.Copied, amounts, a.Balances, a.KeyDays})
	}
	for _, d := range result.Differences.First {
		r.Differences = append(r.Differences, differenceReport{
			d.Account, d.What, notEmpty(d.Day), notEmpty(string(d.Currency)), notEmpty(d.SKU), d.Source, d.Target, d.String(),
		})
	}
	return r
}

func (a app) printCopy(r copyReport, format string) error {
	if format == formatJSON {
		return writeJSON(a.out, "  ", r)
	}
	_, err := io.WriteString(a.out, r.text(a.out))
	return err
}

// differencesShown is how many of the differences are told.
const differencesShown = 10

// text tells a person.
func (r copyReport) text(out stream) string {
	var s strings.Builder
	for _, a := range r.Accounts {
		fmt.Fprintf(&s, "%s: %s", out.paint(bold, printable(a.Account)), entriesText(int(a.Entries)))
		if !r.compared {
			fmt.Fprintf(&s, ", %s", isCopied(a.Copied))
		}
		fmt.Fprintf(&s, "; %s, %s of totals by key\n", plural(a.Balances, "balance", "balances"), plural(a.KeyDays, "day", "days"))
		for _, amount := range a.Amounts {
			fmt.Fprintf(&s, "  %s: spend %s, credit %s\n", printable(string(amount.Currency)), amount.Spend, amount.Credit)
		}
	}
	if r.Complete {
		fmt.Fprintf(&s, "%s has the same: every count, sum and price, to the last digit.\n", printable(r.To))
		return s.String()
	}
	fmt.Fprintf(&s, "%s %s:\n", printable(r.To), out.paint(red, "differs"))
	for i, d := range r.Differences {
		if i == differencesShown {
			break
		}
		fmt.Fprintf(&s, "  %s\n", printable(d.text))
	}
	if more := len(r.Differences) - differencesShown + r.DifferencesOmitted; more > 0 {
		fmt.Fprintf(&s, "  and %d more\n", more)
	}
	return s.String()
}

func isCopied(n int64) string {
	if n == 0 {
		return "all there before"
	}
	return entriesText(int(n)) + " copied"
}
