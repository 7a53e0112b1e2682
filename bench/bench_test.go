//go:build unix

package main

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestPairsAlternate(t *testing.T) {
	t.Parallel()
	var order []string
	side := func(name string) func() (int, error) {
		return func() (int, error) {
			order = append(order, name)
			return len(order), nil
		}
	}
	a, b, err := pairs(3, side("A"), side("B"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"A", "B", "A", "B", "A", "B"}; !slices.Equal(order, want) {
		t.Errorf("ran %v, want %v", order, want)
	}
	if want := []int{1, 3, 5}; !slices.Equal(a, want) {
		t.Errorf("ours are %v, want %v", a, want)
	}
	if want := []int{2, 4, 6}; !slices.Equal(b, want) {
		t.Errorf("the baseline's are %v, want %v", b, want)
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		samples []time.Duration
		want    time.Duration
	}{
		{[]time.Duration{7}, 7},
		{[]time.Duration{9, 1, 5}, 5},
		{[]time.Duration{4, 100, 3, 2}, 3},
	} {
		got := median(test.samples, func(d time.Duration) time.Duration { return d })
		if got != test.want {
			t.Errorf("median of %d is %d, want %d", test.samples, got, test.want)
		}
	}
}

func TestRatioMissesItsTarget(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ours   time.Duration
		limit  float64
		ratio  string
		missed bool
	}{
		{150, 1.5, "1.50x", false},
		{151, 1.5, "1.51x", true},
		{900, 0, "9.00x", false},
	} {
		r := ratio("test", test.ours, 100, millis, test.limit)
		if r.ratio != test.ratio || r.missed != test.missed {
			t.Errorf("ratio of %d to 100 with limit %g: %s, missed %t; want %s, %t",
				test.ours, test.limit, r.ratio, r.missed, test.ratio, test.missed)
		}
	}
}

func TestTableFailsWhereATargetIsMissed(t *testing.T) {
	t.Parallel()
	good, bad := row{target: "1x"}, row{target: "1x", missed: true}
	if err := print(t.Output(), []row{good, {}}); err != nil {
		t.Errorf("a table of kept targets fails: %v", err)
	}
	if err := print(t.Output(), []row{bad, good}); !errors.Is(err, errMissed) {
		t.Errorf("a table with a missed target gives %v, want %v", err, errMissed)
	}
}
