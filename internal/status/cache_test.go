package status_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/status"
	"github.com/ducat-ledger/ducat/venice"
)

func sample(name string) *status.Status {
	return &status.Status{
		Accounts: []status.Account{{Name: name, AsOf: now, BalanceAt: now.Add(time.Nanosecond), DIEM: some("0.000000000000000000000001"),
			Allocation: dec("12345678901234.5"), Month: some("0"), Unpriced: []venice.Currency{"A\x1b\"B"}}},
		Budgets: []status.Budget{{Name: "b", Amount: dec("2"), Ends: at("2026-06-15T22:00:00Z"), Exceeded: true}},
	}
}

func cacheIn(t *testing.T) status.Cache {
	t.Helper()
	return status.Beside(filepath.Join(t.TempDir(), "ledger.duckdb"))
}

func TestCacheKeepsEveryDigit(t *testing.T) {
	t.Parallel()
	c := cacheIn(t)
	if kept := c.Load(); kept != nil {
		t.Fatalf("%+v where there is no file", kept)
	}
	want := status.Keep(status.NewStamp("v1", "s1", now), sample("home"))
	if err := c.Save(want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, c.Load()); diff != "" {
		t.Errorf("-saved +loaded:\n%s", diff)
	}
	if info, err := os.Stat(c.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v, want the mode 0600", info.Mode(), err)
	}
	if files, err := os.ReadDir(filepath.Dir(c.Path)); err != nil || len(files) != 1 {
		t.Errorf("%d files, %v; want none but the cache", len(files), err)
	}
}

func TestFresh(t *testing.T) {
	t.Parallel()
	midnight := at("2026-06-16T00:00:00Z")
	noBudget, budget := &status.Status{}, sample("home") // whose period ends at 22:00
	for name, test := range map[string]struct {
		status        *status.Status
		want          status.Stamp
		fresh, timely bool
	}{
		"at once":              {noBudget, status.NewStamp("v1", "s1", now), true, true},
		"to the end of day":    {noBudget, status.NewStamp("v1", "s1", midnight.Add(-1)), true, true},
		"the next day":         {noBudget, status.NewStamp("v1", "s1", midnight), false, false},
		"a clock put back":     {noBudget, status.NewStamp("v1", "s1", now.Add(-1)), false, false},
		"in another zone":      {noBudget, status.NewStamp("v1", "s1", now.In(time.FixedZone("x", -7*60*60))), true, true},
		"other books":          {noBudget, status.NewStamp("v2", "s1", now), false, true},
		"other settings":       {noBudget, status.NewStamp("v1", "s2", now), false, false},
		"to the end of budget": {budget, status.NewStamp("v1", "s1", at("2026-06-15T21:59:59Z")), true, true},
		"after the budget":     {budget, status.NewStamp("v1", "s1", at("2026-06-15T22:00:00Z")), false, false},
	} {
		kept := status.Keep(status.NewStamp("v1", "s1", now), test.status)
		if fresh, timely := kept.Fresh(test.want), kept.Timely(test.want); fresh != test.fresh || timely != test.timely {
			t.Errorf("%s: fresh %t, timely %t; want %t, %t", name, fresh, timely, test.fresh, test.timely)
		}
	}
	var none *status.Kept
	if none.Fresh(status.Stamp{}) || none.Timely(status.Stamp{}) {
		t.Error("nothing is fresh")
	}
}

// A file that is damaged, or of another form, is as good as none.
func TestDamagedCache(t *testing.T) {
	t.Parallel()
	c := cacheIn(t)
	if err := c.Save(status.Keep(status.NewStamp("v1", "s1", now), sample("home"))); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"", "null", "{}", "[]", `{"form":1}`, `{"form":1,"status":null}`, "\x00",
		strings.Replace(string(whole), `"form":1`, `"form":2`, 1), string(whole) + "x", strings.Replace(string(whole), `"0"`, `"zero"`, 1)}
	for n := range whole {
		texts = append(texts, string(whole[:n]))
	}
	for _, text := range texts {
		if err := os.WriteFile(c.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if kept := c.Load(); kept != nil {
			t.Errorf("%+v from %q", kept, text)
		}
	}
}

// Of those who write at once one stays, and who reads meanwhile finds one whole.
func TestCacheIsWhole(t *testing.T) {
	t.Parallel()
	c := cacheIn(t)
	names := []string{"short", strings.Repeat("long", 5000)}
	save := func(name string) {
		if err := c.Save(status.Keep(status.NewStamp("v1", "s1", now), sample(name))); err != nil {
			t.Error(err)
		}
	}
	save(names[0])
	var writers sync.WaitGroup
	for _, name := range names {
		writers.Go(func() {
			for range 20 {
				save(name)
			}
		})
	}
	done := make(chan struct{})
	go func() {
		writers.Wait()
		close(done)
	}()
	for {
		kept := c.Load()
		if kept == nil || kept.Status.Accounts[0].Name != names[0] && kept.Status.Accounts[0].Name != names[1] {
			t.Fatal("a cache that is not whole")
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

// The draft of a process that was killed goes; one that may be worked at stays.
func TestCacheSweepsDrafts(t *testing.T) {
	t.Parallel()
	c := cacheIn(t)
	folder, name := filepath.Split(c.Path)
	old, young := filepath.Join(folder, "."+name+"-new-1"), filepath.Join(folder, "."+name+"-new-2")
	for _, draft := range []string{old, young} {
		if err := os.Mkdir(draft, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-time.Hour)
	if err := os.Chtimes(old, before, before); err != nil {
		t.Fatal(err)
	}
	if err := c.Save(status.Keep(status.NewStamp("v1", "s1", now), sample("home"))); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old draft: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("the young draft: %v", err)
	}
}

func TestCacheCannotBeKept(t *testing.T) {
	t.Parallel()
	c := cacheIn(t)
	if err := os.Mkdir(c.Path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := c.Save(status.Keep(status.NewStamp("v1", "s1", now), sample("home"))); err == nil {
		t.Error("a folder in its place is no error")
	}
	if kept := c.Load(); kept != nil {
		t.Errorf("%+v from a folder", kept)
	}
}
