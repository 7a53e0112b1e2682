//go:build unix

package main

import "slices"

// pairs measures both sides in turn, A B A B, so that what else the machine does
// falls on both.
func pairs[T any](n int, ours, baseline func() (T, error)) (a, b []T, err error) {
	for range n {
		x, err := ours()
		if err != nil {
			return nil, nil, err
		}
		y, err := baseline()
		if err != nil {
			return nil, nil, err
		}
		a, b = append(a, x), append(b, y)
	}
	return a, b, nil
}

// median is that of what pick takes from each sample, the lower of two middle
// ones. There must be a sample.
func median[S any, T ~int64](samples []S, pick func(S) T) T {
	values := make([]T, len(samples))
	for i, s := range samples {
		values[i] = pick(s)
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}
