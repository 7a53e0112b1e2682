package ledger

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The oracle of these tests is a map from each minute of a short span to the
// instant when it was read: what windows mean, without their arithmetic.
const span = 60

var epoch = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func minute(n int) time.Time { return epoch.Add(time.Duration(n) * time.Minute) }

func drawWindow(t *rapid.T, name string) Window {
	return Window{minute(rapid.IntRange(0, span).Draw(t, name+" start")), minute(rapid.IntRange(0, span).Draw(t, name+" end"))}
}

// minutes says which minutes are in some of the windows, and checks that they
// are in order and apart.
func minutes(t *rapid.T, windows []Window) []bool {
	in := make([]bool, span)
	for i, w := range windows {
		if w.Empty() {
			t.Fatalf("an empty window: %v", windows)
		}
		if i > 0 && w.Start.Before(windows[i-1].End) {
			t.Fatalf("windows overlap or are out of order: %v", windows)
		}
		for n := range in {
			in[n] = in[n] || w.Contains(minute(n))
		}
	}
	return in
}

func plain(c Coverage) []Window {
	windows := make([]Window, len(c))
	for i := range c {
		windows[i] = c[i].Window
	}
	return windows
}

func TestCoverageArithmetic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var c Coverage
		readAt := make([]time.Time, span)
		for i := range rapid.IntRange(0, 12).Draw(t, "readings") {
			w, at := drawWindow(t, "reading"), epoch.Add(time.Duration(i+1)*24*time.Hour)
			before := slices.Clone(c)
			next := c.Add(w, at)
			if !slices.Equal(c, before) {
				t.Fatal("Add changed its receiver")
			}
			c = next
			for n := range readAt {
				if w.Contains(minute(n)) {
					readAt[n] = at
				}
			}
		}
		in := minutes(t, plain(c))
		for n := range readAt {
			if in[n] == readAt[n].IsZero() {
				t.Fatalf("minute %d is covered: %v, in %v", n, in[n], c)
			}
			for _, w := range c {
				if w.Contains(minute(n)) && !w.ReadAt.Equal(readAt[n]) {
					t.Fatalf("minute %d was read at %v, not %v", n, readAt[n], w.ReadAt)
				}
			}
		}
		want := drawWindow(t, "want")
		missing := minutes(t, c.Missing(want))
		for n := range missing {
			if missing[n] != (want.Contains(minute(n)) && readAt[n].IsZero()) {
				t.Fatalf("minute %d is missing: %v", n, missing[n])
			}
		}
		// Joining loses and adds nothing.
		if !slices.Equal(minutes(t, c.Windows()), in) || !slices.Equal(minutes(t, plain(c.Settle())), in) {
			t.Fatal("joined windows cover something else")
		}
		joined := c.Windows()
		for i := 1; i < len(joined); i++ {
			if joined[i].Start.Equal(joined[i-1].End) {
				t.Fatalf("windows touch: %v", joined)
			}
		}
	})
}

func TestWindowsMinus(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawWindow(t, "a"), drawWindow(t, "b")
		if a.Empty() {
			return
		}
		rest := minutes(t, a.Minus(b))
		for n := range rest {
			if rest[n] != (a.Contains(minute(n)) && !b.Contains(minute(n))) {
				t.Fatalf("%v minus %v at minute %d: %v", a, b, n, rest[n])
			}
			if both := a.Intersect(b); both.Contains(minute(n)) != (a.Contains(minute(n)) && b.Contains(minute(n))) {
				t.Fatalf("%v and %v at minute %d", a, b, n)
			}
		}
	})
}

// Coverage does not grow with the number of syncs.
func TestCoverageStaysSmall(t *testing.T) {
	t.Parallel()
	now := epoch
	c := Coverage{}.Add(Window{Beginning, now}, now)
	for range 365 * 4 {
		now = now.Add(6 * time.Hour)
		newest := now.Add(-30 * time.Minute)
		for _, w := range plan(c, Window{Beginning, now}, newest, DefaultOverlap) {
			c = c.Add(w, now).Settle()
		}
		if missing := c.Missing(Window{Beginning, now}); missing != nil {
			t.Fatalf("missing %v", missing)
		}
	}
	if len(c) > 200 {
		t.Errorf("%d windows after a year of syncs", len(c))
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	now := epoch.Add(30 * 24 * time.Hour)
	all := Window{Beginning, now}
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for name, test := range map[string]struct {
		coverage Coverage
		newest   time.Time
		want     []Window
	}{
		"nothing yet":         {nil, time.Time{}, []Window{all}},
		"just read":           {Coverage{}.Add(all, now), ago(time.Minute), []Window{{ago(time.Hour), now}}},
		"read an hour ago":    {Coverage{}.Add(Window{Beginning, ago(time.Hour)}, ago(time.Hour)), ago(2 * time.Minute), []Window{{ago(time.Hour), now}}},
		"idle for ten days":   {Coverage{}.Add(all, now), ago(240 * time.Hour), []Window{{ago(240 * time.Hour), now}}},
		"six hours and more":  {Coverage{}.Add(Window{Beginning, ago(7 * time.Hour)}, ago(7*time.Hour)), ago(8 * time.Hour), []Window{{ago(55 * time.Hour), now}}},
		"a pause of ten days": {Coverage{}.Add(Window{Beginning, ago(240 * time.Hour)}, ago(240*time.Hour)), ago(241 * time.Hour), []Window{{ago(288 * time.Hour), now}}},
		"a hole": {
			Coverage{}.Add(Window{Beginning, ago(500 * time.Hour)}, ago(100*time.Hour)).Add(Window{ago(400 * time.Hour), now}, now), ago(time.Minute),
			[]Window{{ago(500 * time.Hour), ago(400 * time.Hour)}, {ago(time.Hour), now}},
		},
		"settled long ago": {Coverage{}.Add(Window{Beginning, ago(100 * time.Hour)}, ago(50*time.Hour)).Add(Window{ago(100 * time.Hour), now}, now), ago(time.Minute), []Window{{ago(time.Hour), now}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := plan(test.coverage, all, test.newest, DefaultOverlap)
			if !slices.EqualFunc(got, test.want, func(a, b Window) bool { return a.Start.Equal(b.Start) && a.End.Equal(b.End) }) {
				t.Errorf("plan is %v, want %v", got, test.want)
			}
		})
	}
}

// What comes secondhand is covered whole. What of it is older than 48 hours is
// settled as of then, and never read later than now; the rest is read again.
func TestSecondhand(t *testing.T) {
	t.Parallel()
	now := epoch.Add(100*time.Hour + 1)
	ago := func(hours int) time.Time { return epoch.Add(time.Duration(100-hours) * time.Hour) }
	for _, test := range []struct {
		window Window
		want   Coverage
	}{
		{Window{ago(90), ago(60)}, Coverage{{Window{ago(90), ago(60)}, ago(12)}}},
		{Window{ago(90), ago(48)}, Coverage{{Window{ago(90), ago(48)}, ago(0)}}},
		{Window{ago(90), ago(1)}, Coverage{{Window{ago(90), ago(48)}, ago(0)}, {Window{ago(48), ago(1)}, ago(48)}}},
		{Window{ago(3), ago(0)}, Coverage{{Window{ago(3), ago(0)}, ago(48)}}},
		{Window{ago(3), ago(3)}, nil},
	} {
		got := test.window.Secondhand(now)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.window, got, test.want)
		}
		if young := !test.window.Empty() && test.window.End.After(ago(48)); young != (len(got.Unsettled(DefaultOverlap.Long)) > 0) {
			t.Errorf("%s: unsettled is %v", test.window, got.Unsettled(DefaultOverlap.Long))
		}
	}
}
