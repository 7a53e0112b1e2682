package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// coverage is what the books know of the account; known is false where they
// cannot be asked, or never heard of it.
func (p *patient) coverage(ctx context.Context) (c ledger.Coverage, known bool, failed []finding) {
	if p.store == nil {
		return nil, false, nil
	}
	covered, err := p.store.Coverage(ctx, p.account.Name)
	if err != nil {
		return nil, false, broken("coverage", "ducat doctor", err, "%s", sentence(err))
	}
	c = covered[p.account.Name]
	return c, len(c) > 0, nil
}

// checkRetention compares the oldest entry that Venice still tells with the books.
func checkRetention(ctx context.Context, p *patient) []finding {
	const name = "retention"
	page := p.answers[routeHistory].page
	switch {
	case page == nil:
		return nil
	case len(page.Data) == 0:
		return fine(name, "Venice has no entries")
	}
	oldest := page.Data[0].Timestamp
	has := oldest.Format("2006-01-02 15:04")
	if p.store == nil {
		return fine(name, "Venice tells entries from %s UTC on", has)
	}
	for e, err := range p.store.Entries(ctx, ledger.Selection{Accounts: []string{p.account.Name}}) {
		if err != nil {
			return broken(name, "ducat doctor", err, "%s", sentence(err))
		}
		if e.Timestamp.Before(oldest) {
			return fine(name, "Venice tells entries from %s UTC on, the books from %s: keep a copy of them, for what is older is nowhere else",
				has, e.Timestamp.Format("2006-01-02 15:04"))
		}
		break
	}
	return fine(name, "Venice tells entries from %s UTC on; the books have none that it has not", has)
}

// checkCoverage looks for what the books lack between what they have.
func checkCoverage(ctx context.Context, p *patient) []finding {
	const name = "coverage"
	c, known, failed := p.coverage(ctx)
	switch {
	case failed != nil:
		return failed
	case p.store == nil:
		return nil
	case !known:
		return doubtful(name, p.forAccount("ducat sync"), "the books know nothing of the account yet")
	}
	windows := c.Windows()
	gaps := c.Missing(ledger.Window{Start: windows[0].Start, End: c.End()})
	if len(gaps) > 0 {
		gap := report.Coverage{Account: p.account.Name, AsOf: c.End(), Missing: gaps}
		mend := p.forAccount(remedyOf(gap))
		return broken(name, mend, errIncomplete, "%s lacking: %s", plural(len(gaps), "window is", "windows are"), strings.Join(gap.MissingParts(), ", "))
	}
	if first := windows[0].Start; first.After(ledger.Beginning) {
		return doubtful(name, p.forAccount("ducat sync"), "without a gap from %s UTC on; older entries were left out", first.Format("2006-01-02 15:04"))
	}
	return fine(name, "without a gap from the beginning of the account on")
}

// remedyOf is the command that reads what one account lacks.
func remedyOf(c report.Coverage) string {
	command := report.Remedy([]report.Coverage{c})
	return strings.TrimSuffix(strings.TrimPrefix(command, "run '"), "'")
}

// stale is the age from which on books and balances are worth a warning.
const stale = 24 * time.Hour

func checkAge(ctx context.Context, p *patient) []finding {
	const name = "age of the books"
	c, known, _ := p.coverage(ctx)
	if !known {
		return nil
	}
	end := c.End()
	age := p.app.now().Sub(end)
	if age > stale {
		return doubtful(name, p.forAccount("ducat sync"), "they end at %s UTC, %s", end.UTC().Format("2006-01-02 15:04"), ago(age))
	}
	return fine(name, "they end at %s UTC, %s", end.UTC().Format("2006-01-02 15:04"), ago(age))
}

// checkOverlap finds what was read so soon that entries may have been posted
// since, and is due to be read again.
func checkOverlap(ctx context.Context, p *patient) []finding {
	const name = "overlap"
	c, known, _ := p.coverage(ctx)
	if !known {
		return nil
	}
	due := p.app.now().Add(-ledger.DefaultOverlap.LongEvery)
	open := slices.DeleteFunc(c.Unsettled(ledger.DefaultOverlap.Long), func(w ledger.Covered) bool { return !w.ReadAt.Before(due) })
	if len(open) == 0 {
		return fine(name, "what may be posted late was read again when it was due")
	}
	return doubtful(name, p.forAccount("ducat sync"), "%s to %s UTC was read less than %.0f hours after it happened, and not again",
		open[0].Start.UTC().Format("2006-01-02 15:04"), open[len(open)-1].End.UTC().Format("2006-01-02 15:04"), ledger.DefaultOverlap.Long.Hours())
}

func checkBalanceAge(ctx context.Context, p *patient) []finding {
	const name = "balance"
	if _, known, _ := p.coverage(ctx); !known {
		return nil
	}
	balances, err := p.store.LastBalances(ctx, p.account.Name)
	last, known := balances[p.account.Name]
	switch {
	case err != nil:
		return broken(name, "ducat doctor", err, "%s", sentence(err))
	case !known:
		return doubtful(name, p.forAccount("ducat sync"), "the books have none")
	}
	age := p.app.now().Sub(last.At)
	if age > stale {
		return doubtful(name, p.forAccount("ducat sync"), "the last one in the books was taken %s", ago(age))
	}
	return fine(name, "the last one in the books was taken %s", ago(age))
}
