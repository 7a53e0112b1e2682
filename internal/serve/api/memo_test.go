package api

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestMemoAsksOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemo[string, int](3)
		asked, answered := 0, make(chan struct{})
		var right atomic.Int64
		for range 20 {
			go func() {
				got, err := m.get(t.Context(), "q", func(context.Context) (int, error) {
					asked++
					<-answered
					return 42, nil
				})
				if got == 42 && err == nil {
					right.Add(1)
				}
			}()
		}
		synctest.Wait()
		// One who leaves does not wait for the answer.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := m.get(ctx, "q", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("left with %v", err)
		}
		close(answered)
		synctest.Wait()
		if asked != 1 || right.Load() != 20 {
			t.Errorf("asked %d times, %d of 20 were answered", asked, right.Load())
		}
	})
}

func TestMemoForgets(t *testing.T) {
	t.Parallel()
	m := newMemo[int, string](3)
	asked := 0
	get := func(key int, err error) {
		t.Helper()
		got, gotErr := m.get(t.Context(), key, func(context.Context) (string, error) {
			asked++
			return strconv.Itoa(key), err
		})
		if got != strconv.Itoa(key) || gotErr != err {
			t.Errorf("%d: %q, %v", key, got, gotErr)
		}
	}
	for _, key := range []int{1, 2, 3, 1, 4, 1} { // 4 takes the place of 2
		get(key, nil)
	}
	if asked != 4 {
		t.Errorf("asked %d times, want 4", asked)
	}
	get(2, errors.ErrUnsupported) // which is not kept
	get(2, nil)
	if asked != 6 || len(m.slots) != 3 || len(m.recent) != 3 {
		t.Errorf("asked %d times, %d are kept", asked, len(m.slots))
	}
}
