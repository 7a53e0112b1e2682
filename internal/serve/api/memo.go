package api

import (
	"context"
	"slices"
	"sync"
)

// A memo keeps the last answers to questions. A question is put by one caller at
// a time; the others wait for its answer, as long as their contexts allow.
type memo[K comparable, V any] struct {
	most int

	mu     sync.Mutex
	slots  map[K]*slot[V]
	recent []K // the last used at the end
}

type slot[V any] struct {
	turn  chan struct{} // holds a token while somebody uses the rest
	known bool
	value V
}

func newMemo[K comparable, V any](most int) *memo[K, V] {
	return &memo[K, V]{most: most, slots: make(map[K]*slot[V])}
}

// get gives the answer that is kept, or else computes it. Errors are not kept.
func (m *memo[K, V]) get(ctx context.Context, key K, compute func(context.Context) (V, error)) (V, error) {
	s := m.slot(key)
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
	defer func() { <-s.turn }()
	if s.known {
		return s.value, nil
	}
	value, err := compute(ctx)
	if err == nil {
		s.value, s.known = value, true
	}
	return value, err
}

// slot is the key's place. A new one takes that of the question which was not
// asked for longest.
func (m *memo[K, V]) slot(key K) *slot[V] {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.slots[key]
	if s == nil {
		s = &slot[V]{turn: make(chan struct{}, 1)}
		m.slots[key] = s
	}
	m.recent = append(slices.DeleteFunc(m.recent, func(k K) bool { return k == key }), key)
	if len(m.recent) > m.most {
		delete(m.slots, m.recent[0])
		m.recent = slices.Delete(m.recent, 0, 1)
	}
	return s
}
