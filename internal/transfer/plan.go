package transfer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A plan is what of an account is to be copied.
type plan struct {
	stretches []stretch // in order
	entries   int64     // about as many are in them
}

// A stretch is a part of what the source covers, as it was read.
type stretch struct {
	ledger.Covered
	// whole says that it must be put as one reading. Windows that were read soon
	// after their end are not joined by stores, so they would stay in pieces.
	whole bool
}

// plan finds what the target lacks of an account, and refuses it if the target
// knows more.
func (j *job) plan(ctx context.Context, a *Account) (*plan, error) {
	source, target := j.source[a.Name], j.target[a.Name]
	if err := j.refuse(ctx, a.Name); err != nil {
		return nil, err
	}
	had, err := dailySums(ctx, j.from, a.Name)
	if err != nil {
		return nil, err
	}
	has, err := j.targetSums(ctx, a.Name)
	if err != nil {
		return nil, err
	}
	days := map[string]int64{}
	var differ ledger.Coverage
	for c, f := range had {
		days[c.day] += f.Entries
		if !f.equal(has[c]) {
			differ = differ.Add(dayOf(c.day), time.Time{})
		}
	}
	for c := range has {
		if _, ok := had[c]; !ok {
			differ = differ.Add(dayOf(c.day), time.Time{})
		}
	}
	p := &plan{}
	for _, covered := range source {
		stretches, err := j.stale(ctx, a.Name, covered, target, differ)
		if err != nil {
			return nil, err
		}
		p.stretches = append(p.stretches, stretches...)
	}
	for day, n := range days {
		if slices.ContainsFunc(p.stretches, func(s stretch) bool { return !s.Intersect(dayOf(day)).Empty() }) {
			p.entries += n
		}
	}
	return p, nil
}

// stale is what of one of the source's windows is to be put into the target: what
// it does not cover, days with other sums, and enough to bring the instant of
// reading along.
func (j *job) stale(ctx context.Context, account string, w ledger.Covered, target, differ ledger.Coverage) ([]stretch, error) {
	if !w.Settled() {
		if slices.ContainsFunc(target, func(t ledger.Covered) bool { return same(t, w) }) && !overlap(differ, w.Window) {
			return nil, nil
		}
		return []stretch{{w, true}}, nil
	}
	var parts ledger.Coverage
	for _, missing := range target.Missing(w.Window) {
		parts = parts.Add(missing, w.ReadAt)
	}
	for _, d := range differ {
		parts = parts.Add(d.Intersect(w.Window), w.ReadAt)
	}
	current := len(parts) > 0
	for _, t := range target {
		t.Window = t.Intersect(w.Window)
		switch {
		case t.Empty():
		case t.ReadAt.Equal(w.ReadAt):
			current = true
		case !t.Settled(): // it would not be joined with the others
			parts = parts.Add(t.Window, w.ReadAt)
			current = true
		}
	}
	if !current { // settled windows are joined, and count as read when the last one was
		last, err := j.from.Newest(ctx, account, w.End)
		if err != nil {
			return nil, err
		}
		tail := w.Window
		if last = last.Truncate(time.Millisecond); last.After(tail.Start) {
			tail.Start = last
		}
		parts = parts.Add(tail, w.ReadAt)
	}
	var stretches []stretch
	for _, part := range parts.Windows() {
		stretches = append(stretches, stretch{ledger.Covered{Window: part, ReadAt: w.ReadAt}, false})
	}
	return stretches, nil
}

// refuse says why an account must not be copied: the target would lose what only
// it has.
func (j *job) refuse(ctx context.Context, account string) error {
	if !slices.Contains(j.had, account) {
		return nil
	}
	const advice = "copy into an empty place, or the other way round"
	source := j.source[account]
	for _, t := range j.target[account] {
		if more := source.Missing(t.Window); len(more) > 0 {
			return fmt.Errorf("account %s: the target covers %s, which the source does not; %s", account, more[0], advice)
		}
		for _, s := range source {
			if both := s.Intersect(t.Window); !both.Empty() && t.ReadAt.After(s.ReadAt) {
				return fmt.Errorf("account %s: the target read %s at %s, later than the source, at %s; %s",
					account, both, t.ReadAt.Format(time.RFC3339), s.ReadAt.Format(time.RFC3339), advice)
			}
		}
	}
	return j.refuseSaved(ctx, account, advice)
}

func same(a, b ledger.Covered) bool {
	return a.Start.Equal(b.Start) && a.End.Equal(b.End) && a.ReadAt.Equal(b.ReadAt)
}

func overlap(c ledger.Coverage, w ledger.Window) bool {
	return slices.ContainsFunc(c, func(p ledger.Covered) bool { return !p.Intersect(w).Empty() })
}
