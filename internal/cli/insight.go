package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
)

// An insight is an answer of the books beside reports: what it shows to programs
// and to people, and what it covers.
type insight struct {
	json     any
	table    string
	complete bool
	coverage []report.Coverage
}

// printInsight prints an answer, and fails if it is not complete.
func (a app) printInsight(i insight, format string) (err error) {
	w := export.NewLineWriter(a.out)
	if format == formatJSON {
		err = writeJSON(w, "  ", i.json)
	} else {
		_, err = io.WriteString(w, i.table)
	}
	if err := errors.Join(err, w.Flush()); err != nil || i.complete {
		return err
	}
	told := format == formatTable && a.out.tty && a.err.tty
	return &incompleteError{report.MissingText(i.coverage), report.Remedy(i.coverage), told}
}

// covered is a report of nothing but what it covers.
func covered(complete bool, coverage []report.Coverage) *report.Report {
	return &report.Report{Complete: complete, Coverage: coverage}
}

// withBooks opens the books and calls ask with them and the accounts that are
// asked for. A question that has no answer is wrong usage of the command.
func (a app) withBooks(ctx context.Context, command string, accounts []string, ask func(ledger.Books, []string) error) (err error) {
	c, store, err := a.books()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if accounts, err = accountsOf(ctx, c, store, accounts); err != nil {
		return err
	}
	if err = ask(store, accounts); errors.Is(err, report.ErrQuestion) {
		return wrongUsage(err, command)
	}
	return err
}

// signed is readable with the sign of what grew.
func signed(d decimal.Decimal) string {
	if d.IsPositive() {
		return "+" + money.Readable(d)
	}
	return money.Readable(d)
}

// signedPercent is a change, and a dash for none that is known.
func signedPercent(d decimal.NullDecimal) string {
	if !d.Valid {
		return "-"
	}
	return signed(d.Decimal) + "%"
}

// minuteText spells an instant in UTC to the minute.
func minuteText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }
