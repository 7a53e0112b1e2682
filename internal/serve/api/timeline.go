package api

import (
	"slices"
	"sort"
	"time"
)

// A timeline has the periods of time that have entries, in order, and how many
// entries there are before each; before has one more element, the number of all.
// The rank of an entry is how many are before it.
type timeline struct {
	step   time.Duration // the length of a period
	starts []time.Time
	before []int
}

func newTimeline(step time.Duration, counts map[time.Time]int) *timeline {
	t := &timeline{step: step, starts: make([]time.Time, 0, len(counts)), before: make([]int, 1, len(counts)+1)}
	for start := range counts {
		t.starts = append(t.starts, start)
	}
	slices.SortFunc(t.starts, time.Time.Compare)
	for i, start := range t.starts {
		t.before = append(t.before, t.before[i]+counts[start])
	}
	return t
}

func (t *timeline) total() int { return t.before[len(t.starts)] }

// at is where the period begins that has the entry of a rank, and how many entries
// of that period are before it. The rank must be less than the total.
func (t *timeline) at(rank int) (start time.Time, before int) {
	i := sort.Search(len(t.starts), func(i int) bool { return t.before[i+1] > rank })
	return t.starts[i], rank - t.before[i]
}

// until is an instant before which there are so many entries at least, or the zero
// time where there are not so many.
func (t *timeline) until(entries int) time.Time {
	if entries > t.total() {
		return time.Time{}
	}
	i := sort.Search(len(t.starts), func(i int) bool { return t.before[i+1] >= entries })
	if i == len(t.starts) { // none at all
		return time.Time{}
	}
	return t.starts[i].Add(t.step)
}

// through counts the entries up to the end of the period that an instant is in,
// and those of them that are in that period.
func (t *timeline) through(instant time.Time) (entries, within int) {
	start := instant.Truncate(t.step)
	i := sort.Search(len(t.starts), func(i int) bool { return t.starts[i].After(start) })
	if i > 0 && t.starts[i-1].Equal(start) {
		within = t.before[i] - t.before[i-1]
	}
	return t.before[i], within
}
