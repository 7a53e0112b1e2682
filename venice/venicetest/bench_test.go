package venicetest_test

import (
	"net/http"
	"testing"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// keep is a ResponseWriter that remembers how much was written.
type keep struct {
	header http.Header
	bytes  int64
	status int
}

func (k *keep) Header() http.Header         { return k.header }
func (k *keep) Write(b []byte) (int, error) { k.bytes += int64(len(b)); return len(b), nil }
func (k *keep) WriteHeader(status int)      { k.status = status }

func BenchmarkHistoryPage(b *testing.B) {
	s, err := venicetest.New(venicetest.Config{Seed: 1, Entries: 200_000})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	for name, query := range map[string]string{
		"all":          "",
		"one currency": "?currency=BUNDLED_CREDITS",
		"window":       "?startTimestamp=" + s.Entries()[100_000].Timestamp.Format("2006-01-02T15:04:05.000Z"),
	} {
		b.Run(name, func(b *testing.B) {
			r, err := http.NewRequest("GET", "/api/v1/billing/usage-history"+query, nil)
			if err != nil {
				b.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+s.AdminKey)
			b.ReportAllocs()
			for b.Loop() {
				w := keep{header: make(http.Header)}
				s.ServeHTTP(&w, r)
				if w.status != 200 {
					b.Fatal(w.status)
				}
				b.SetBytes(w.bytes)
			}
		})
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		s, err := venicetest.New(venicetest.Config{Seed: 1, Entries: 100_000})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

func BenchmarkAnalytics(b *testing.B) {
	s, err := venicetest.New(venicetest.Config{Seed: 1, Entries: 100_000})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	r, err := http.NewRequest("GET", "/api/v1/billing/usage-analytics?lookback=30d", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.AdminKey)
	for b.Loop() {
		s.Advance(1e9 * 601) // past the ten minutes that an answer is kept
		w := keep{header: make(http.Header)}
		s.ServeHTTP(&w, r)
		if w.status != 200 {
			b.Fatal(w.status)
		}
	}
}
