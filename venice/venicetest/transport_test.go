package venicetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// inMemory asks for a billing route without a network.
func inMemory(ctx context.Context, s *venicetest.Server, method, pathAndQuery string) (response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "https://venice.example/api/v1/billing/"+pathAndQuery, nil)
	if err != nil {
		return response{}, err
	}
	r.Header.Set("Authorization", "Bearer "+s.AdminKey)
	resp, err := s.Transport().RoundTrip(r)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, body}, err
}

func TestTransportInABubble(t *testing.T) {
	t.Parallel()
	tests := []struct {
		faults string
		status int
		err    error
		took   time.Duration // of the bubble's time
	}{
		{"", 200, nil, 2 * time.Second},
		{"hang", 0, context.DeadlineExceeded, 10 * time.Second},
		{"slow-body", 200, context.DeadlineExceeded, 10 * time.Second},
		{"slow-body=1ns", 200, nil, -1},
		{"cut-body", 200, io.ErrUnexpectedEOF, 2 * time.Second},
		{"reset", 0, syscall.ECONNRESET, 2 * time.Second},
		{"503", 503, nil, 2 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.faults, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				faults, err := venicetest.ParseFaults(test.faults)
				if err != nil {
					t.Fatal(err)
				}
				s, err := venicetest.New(venicetest.Config{Seed: 1, Entries: 20, Latency: 2 * time.Second, Faults: faults})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				got, err := inMemory(ctx, s, "GET", "balance")
				if got.status != test.status || !errors.Is(err, test.err) {
					t.Errorf("status %d, %v, want %d, %v", got.status, err, test.status, test.err)
				}
				if took := time.Since(began); test.took >= 0 && took != test.took {
					t.Errorf("took %s, want %s", took, test.took)
				}
				if test.status == 200 && test.err == nil && !json.Valid(got.body) {
					t.Errorf("body %s", got.body)
				}
			})
		})
	}
}

func TestTransportAnswersAsTheNetworkDoes(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Seed: 6, Entries: 300})
	for _, query := range []string{"usage-history", "usage-history?pageSize=1", "usage-analytics", "balance", "usage"} {
		direct, err := inMemory(t.Context(), s, "GET", query)
		if err != nil {
			t.Fatal(err)
		}
		if network := ask(t, s, query); direct.status != network.status || string(direct.body) != string(network.body) {
			t.Errorf("%s: %d in memory, %d by network", query, direct.status, network.status)
		}
	}
	if got, err := inMemory(t.Context(), s, "HEAD", "balance"); err != nil || got.status != 405 || len(got.body) != 0 {
		t.Errorf("HEAD: %d, %v, %q", got.status, err, got.body)
	}
	s.Close()
	if _, err := inMemory(t.Context(), s, "GET", "balance"); err == nil {
		t.Error("a closed server answered")
	}
}

// Readers, posters and faults at once: the race detector judges, and no answer may
// be torn.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Seed: 1, Entries: 500, NoLimits: true})
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range 25 {
				for _, query := range []string{"usage-history?pageSize=200", "usage-history?currency=USD", "balance", fmt.Sprintf("usage-analytics?lookback=%dd", i+1)} {
					got, err := inMemory(t.Context(), s, "GET", query)
					if err != nil || got.status != 200 && got.status != 500 || !json.Valid(got.body) {
						t.Errorf("%s: status %d, %v", query, got.status, err)
					}
				}
			}
		})
		group.Go(func() {
			for i := range 25 {
				s.Post(debit(i*100, "USD", "-1"), debit(0, "DIEM", "-1"))
				s.Correct(uint64(worker*100+i), debit(i, "USD", "-2"))
				s.Remove(uint64(worker*100 + 50 + i))
				s.SetFaults(venicetest.Fault{Kind: venicetest.Fault500, After: i, Times: 1})
				s.Advance(time.Second)
				s.Requests()
			}
		})
	}
	group.Wait()
	s.SetFaults()
	if diff := difference(walk(t, s, "pageSize=300", nil), truth(s.Entries())); diff != "" {
		t.Error(diff)
	}
	if got := len(s.Entries()); got != 500+4*50-4*25 {
		t.Errorf("%d rows are left", got)
	}
}
