package mcp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

type accountsQuestion struct {
	Accounts []string `json:"accounts,omitempty" jsonschema:"only these accounts; by default all"`
}

type coverage struct {
	Accounts []accountCoverage `json:"accounts"`
	known
}

type accountCoverage struct {
	Account        string          `json:"account"`
	Covered        []export.Window `json:"covered" jsonschema:"the ranges that are complete in the books, oldest first; a null start is the beginning of the account"`
	CoveredOmitted int             `json:"coveredOmitted" jsonschema:"how many earlier ranges were left out"`
	LastRead       *string         `json:"lastRead" jsonschema:"when Venice was last asked; null for never"`
	NewestEntry    *string         `json:"newestEntry" jsonschema:"when the newest entry was recorded; null without any"`
}

func (s *server) addCoverage() error {
	return add(s, tool{"coverage", "What the books know",
		"Which accounts there are, which ranges of time the books know completely of each, when Venice was last asked, and what is missing, " +
			"from the beginning of each account up to where its books end. Ask this first when answers are incomplete or look old."}, s.coverage)
}

func (s *server) coverage(ctx context.Context, asked accountsQuestion) (coverage, error) {
	accounts, err := s.accounts(ctx, asked.Accounts)
	if err != nil {
		return coverage{}, err
	}
	q := report.Question{Now: s.Now().Truncate(time.Second)}
	q.Accounts = accounts
	covered, err := report.Cover(ctx, s.Books, q)
	if err != nil {
		return coverage{}, err
	}
	windows, err := s.Books.Coverage(ctx, accounts...)
	if err != nil {
		return coverage{}, fmt.Errorf("coverage of the accounts: %w", err)
	}
	spans, err := s.Books.Spans(ctx, accounts...)
	if err != nil {
		return coverage{}, fmt.Errorf("entries of the accounts: %w", err)
	}
	answer := coverage{Accounts: []accountCoverage{}, known: newKnown(covered.Complete, covered.Coverage)}
	for _, name := range accounts {
		if answer.lists(name) {
			answer.Accounts = append(answer.Accounts, newAccountCoverage(name, windows[name], spans[name].Last))
		}
	}
	return answer, nil
}

func newAccountCoverage(name string, covered ledger.Coverage, newest time.Time) accountCoverage {
	var read time.Time
	for _, w := range covered {
		if w.ReadAt.After(read) {
			read = w.ReadAt
		}
	}
	account := accountCoverage{Account: name, Covered: []export.Window{}, LastRead: export.Instant(read), NewestEntry: export.Instant(newest)}
	windows := covered.Windows()
	account.CoveredOmitted = max(0, len(windows)-maxMissing)
	for _, w := range windows[account.CoveredOmitted:] {
		account.Covered = append(account.Covered, export.NewWindow(w))
	}
	return account
}

func (c coverage) text() string {
	var t strings.Builder
	t.WriteString(c.line())
	for _, a := range c.Accounts {
		if a.LastRead == nil {
			fmt.Fprintf(&t, "%s: never read.\n", a.Account)
			continue
		}
		fmt.Fprintf(&t, "%s: last read %s; covered", a.Account, *a.LastRead)
		for i, w := range a.Covered {
			if i > 0 {
				t.WriteByte(',')
			}
			fmt.Fprintf(&t, " %s", w)
		}
		if a.CoveredOmitted > 0 {
			fmt.Fprintf(&t, ", and %d earlier ranges", a.CoveredOmitted)
		}
		if a.NewestEntry != nil {
			fmt.Fprintf(&t, "; newest entry %s", *a.NewestEntry)
		}
		t.WriteString(".\n")
	}
	return t.String()
}

// neverRead is the coverage of an account of which nothing is known.
func neverRead(account string, now time.Time) report.Coverage {
	return report.Coverage{Account: account, Missing: []ledger.Window{{Start: ledger.Beginning, End: now}}}
}
