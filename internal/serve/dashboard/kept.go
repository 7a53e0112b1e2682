package dashboard

import (
	"container/list"
	"sync"

	"golang.org/x/sync/singleflight"
)

// kept remembers the answers that were asked for last, and lets each question be
// worked on once at a time.
type kept[T any] struct {
	most   int
	flight singleflight.Group

	mu     sync.Mutex
	recent list.List // of keptAnswer[T], the newest use first
	byKey  map[string]*list.Element
}

type keptAnswer[T any] struct {
	key   string
	value T
}

func newKept[T any](most int) *kept[T] {
	return &kept[T]{most: most, byKey: map[string]*list.Element{}}
}

// get is the answer to a question, which make finds if it is not known.
// Failures are not remembered.
func (k *kept[T]) get(key string, make func() (T, error)) (T, error) {
	if value, ok := k.known(key); ok {
		return value, nil
	}
	value, err, _ := k.flight.Do(key, func() (any, error) {
		if value, ok := k.known(key); ok {
			return value, nil
		}
		value, err := make()
		if err == nil {
			k.keep(key, value)
		}
		return value, err
	})
	return value.(T), err
}

func (k *kept[T]) known(key string) (value T, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	element, ok := k.byKey[key]
	if !ok {
		return value, false
	}
	k.recent.MoveToFront(element)
	return element.Value.(keptAnswer[T]).value, true
}

func (k *kept[T]) keep(key string, value T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byKey[key] = k.recent.PushFront(keptAnswer[T]{key, value})
	for k.recent.Len() > k.most {
		oldest := k.recent.Remove(k.recent.Back()).(keptAnswer[T])
		delete(k.byKey, oldest.key)
	}
}
