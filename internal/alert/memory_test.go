package alert

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A damaged file costs no alert, and is said.
func TestStateFiles(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	for _, text := range []string{"{", "[]", `{"version":1,"periods":[null]}`, `{"version":1,"periods":[{"deliveries":[null]}]}`} {
		o := newOffice(t, webhook(h.URL))
		o.spend("100", noon)
		if err := os.WriteFile(o.state(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		outcomes, err := o.round(noon.Add(time.Minute))
		if len(outcomes) != 1 || err == nil || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("%s: %+v, %v; want an alert, and that the file is damaged", text, outcomes, err)
		}
		if kept, err := os.ReadFile(o.state() + ".bad"); err != nil || string(kept) != text {
			t.Errorf("%q, %v is put aside, want %q", kept, err, text)
		}
		if got := o.told(noon.Add(2 * time.Minute)); got != "" {
			t.Errorf("%s: then told %q", text, got)
		}
	}
	before := len(h.got())
	o := newOffice(t, webhook(h.URL))
	o.spend("100", noon)
	if err := os.WriteFile(o.state(), []byte(`{"version":2}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := o.round(noon); err == nil || !strings.Contains(err.Error(), "use a newer ducat") || len(h.got()) != before {
		t.Errorf("of a newer program: %v, %d alerts", err, len(h.got())-before)
	}
}

// Who waits for the round of another process does so for twenty seconds.
func TestBusy(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	synctest.Test(t, func(t *testing.T) {
		unlock, err := lock(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := lock(t.Context(), path); !errors.Is(err, ErrBusy) || time.Since(began) != lockWait {
			t.Errorf("%v after %s, want ErrBusy after %s", err, time.Since(began), lockWait)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrBusy) {
			t.Errorf("%v, want that the context ended", err)
		}
		if err := unlock(); err != nil {
			t.Error(err)
		}
		unlock, err = lock(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := unlock(); err != nil {
			t.Error(err)
		}
	})
}
