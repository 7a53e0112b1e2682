package serve

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/serve/access"
)

// However many addresses there are, the table does not grow for ever, and those
// that find no place share what one may have.
func TestRatesAreBounded(t *testing.T) {
	t.Parallel()
	at := time.Now()
	l := newRates(1, 2, func() time.Time { return at })
	for i := range maxRates {
		l.bucket(fmt.Sprint(i), at).AllowN(at, 1)
	}
	one, other := l.bucket("one more", at), l.bucket("and another", at)
	if one != other || one == l.bucket("0", at) || len(l.buckets) != maxRates {
		t.Errorf("%d buckets, and those that came late do not share one", len(l.buckets))
	}
	at = at.Add(time.Second) // all are full again
	if l.bucket("one more", at) == l.others || len(l.buckets) != 1 {
		t.Errorf("%d buckets when all of them could be forgotten", len(l.buckets))
	}
}

func TestWhoAsks(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.1:80":                "address 192.0.2.1",
		"[::ffff:192.0.2.1]:80":       "address 192.0.2.1",
		"[2001:db8:1:2:3:4:5:6]:80":   "address 2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff::1]:81":   "address 2001:db8:1:2::/64",
		"[fe80::1%eth0]:80":           "address fe80::/64",
		"pipe":                        "address pipe",
		"somebody.example.invalid:80": "address somebody.example.invalid",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = remote
		if got := who(r); got != want {
			t.Errorf("%s: %q, want %q", remote, got, want)
		}
		known := r.WithContext(access.With(r.Context(), access.Viewer{Name: "bob"}))
		if got := who(known); got != "viewer bob" {
			t.Errorf("%s: %q for a viewer", remote, got)
		}
		if got := who(r.WithContext(access.With(r.Context(), access.Viewer{}))); got != want {
			t.Errorf("%s: %q for a viewer without name, want %q", remote, got, want)
		}
	}
}
