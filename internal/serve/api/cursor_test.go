package api_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/serve/api"
)

func TestCursorsAreRefused(t *testing.T) {
	t.Parallel()
	now := noon
	store := several(t, "default")
	s := server{t, api.New(api.Options{Books: store, Now: func() time.Time { return now }}), &everybody}
	next := read(t, s.get(root+"usage-history?pageSize=10")).NextCursor
	refused := func(why, token string) {
		t.Helper()
		a := s.get(root + "usage-history?cursor=" + token)
		if a.status != http.StatusBadRequest || !strings.Contains(string(a.body), "Invalid or expired cursor; restart from the first page") {
			t.Errorf("%s: %d %s", why, a.status, a.body)
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(next)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		changed := slices.Clone(raw)
		changed[i] ^= 1
		refused("a changed byte", base64.RawURLEncoding.EncodeToString(changed))
		refused("a shorter one", base64.RawURLEncoding.EncodeToString(raw[:max(i, 1)]))
	}
	refused("a longer one", next+"AAAA")
	refused("another server's", read(t, serve(t, store).get(root+"usage-history?pageSize=10")).NextCursor)

	now = noon.Add(24 * time.Hour)
	if a := s.get(root + "usage-history?cursor=" + next); a.status != http.StatusOK {
		t.Errorf("after a day: %d %s", a.status, a.body)
	}
	now = noon.Add(25 * time.Hour)
	refused("after 25 hours", next)
}

// What a sync adds during a walk neither repeats nor hides what was there.
func TestWalkWhileEntriesAreAdded(t *testing.T) {
	t.Parallel()
	store := &ledgertest.Memory{}
	day := noon.AddDate(0, 0, -1)
	var before, all []time.Time
	for i := range 100 {
		at := day.Add(time.Duration(i) * time.Minute)
		before = append(before, at, at.Add(20*time.Second))
		all = append(all, at, at.Add(10*time.Second), at.Add(20*time.Second), at.Add(20*time.Second+time.Millisecond))
	}
	put(t, store, "default", before...)
	s := serve(t, store)
	seen := map[time.Time]int{}
	target, pages := root+"usage-history?pageSize=10", 0
	for target != "" {
		p := read(t, s.get(target))
		for _, e := range p.Data {
			seen[e.Timestamp]++
		}
		if pages++; pages == 5 {
			put(t, store, "default", all...)
		}
		target = ""
		if p.NextCursor != "" {
			target = root + "usage-history?cursor=" + p.NextCursor
		}
	}
	for _, at := range before {
		if seen[at] != 1 {
			t.Errorf("%s was seen %d times", at, seen[at])
		}
	}
	late := 0
	for at, n := range seen {
		if n > 1 {
			t.Errorf("%s was seen %d times", at, n)
		}
		late += n
	}
	if late < len(before)+100 {
		t.Errorf("only %d entries were seen, of which the walk was before %d", late, len(all)-50)
	}
}

// Many entries of one instant, equal ones among them, are each given out once.
func TestWalkThroughOneInstant(t *testing.T) {
	t.Parallel()
	store := &ledgertest.Memory{}
	at := noon.AddDate(0, 0, -1)
	put(t, store, "default", slices.Repeat([]time.Time{at}, 57)...)
	w := history(t, serve(t, store).get, "pageSize=10", nil)
	n := 0
	for _, count := range w.entries {
		n += count
	}
	if n != 57 || len(w.pages) != 6 {
		t.Errorf("%d entries in %d pages", n, len(w.pages))
	}
	if got := numbered(t, serve(t, store).get, "limit=10", nil); len(got.pages) != 7 || len(got.pages[5]) != 7 {
		t.Errorf("numbered pages: %v", got.pages)
	}
}
