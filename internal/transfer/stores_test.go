package transfer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/transfer"
	"github.com/ducat-ledger/ducat/venice"
)

// The variables that make a process of this test binary one that copies.
const (
	envFrom = "TRANSFER_TEST_FROM"
	envTo   = "TRANSFER_TEST_TO"
)

func TestMain(m *testing.M) {
	if from := os.Getenv(envFrom); from != "" {
		if err := copyPlaces(from, os.Getenv(envTo)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// copyPlaces copies in parts so small that there are many.
func copyPlaces(from, to string) error {
	source, err := at(from)
	if err != nil {
		return err
	}
	target, err := at(to)
	if err != nil {
		return err
	}
	books, err := source.Snapshot(context.Background())
	if err != nil {
		return err
	}
	_, err = transfer.Copy(context.Background(), books, target, transfer.Options{Part: 300})
	return err
}

// at is the store at a place, of whichever kind.
func at(place string) (ledger.Store, error) {
	if clickhouse.IsAddress(place) {
		return clickhouse.Open(place, "")
	}
	return duckdb.Open(place, duckdb.Options{})
}

func storeAt(t *testing.T, place string) ledger.Store {
	t.Helper()
	return ledgertest.Opened(at(place))(t)
}

// The kinds of places, and an empty one of each.
var kinds = []string{"file", "server"}

func place(t *testing.T, kind string) string {
	t.Helper()
	if kind == "server" {
		return chdbtest.Database(t)
	}
	return filepath.Join(t.TempDir(), "ledger.duckdb")
}

// Random books go from memory to a file, to a server, and back, either way round,
// and stay what they were in everything that can be asked.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	for i, kind := range kinds {
		t.Run(kind+" first", func(t *testing.T) {
			t.Parallel()
			from := &ledgertest.Memory{}
			ledgertest.Fill(t, from, uint64(i))
			last := snapshot(t, from)
			for _, to := range []ledger.Store{storeAt(t, place(t, kind)), storeAt(t, place(t, kinds[1-i])), &ledgertest.Memory{}} {
				if _, err := transfer.Copy(t.Context(), last, to, transfer.Options{Part: 100}); err != nil {
					t.Fatal(err)
				}
				last = snapshot(t, to)
				ledgertest.Same(t, from, last)
			}
		})
	}
}

// A copy that is killed at any instant goes on when it is repeated, and ends with
// the same books.
func TestKilledCopy(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			from := filepath.Join(t.TempDir(), "from.duckdb")
			source := storeAt(t, from)
			ledgertest.Fill(t, source, 7)
			fillMonth(t, source)
			run := func(to string, killAfter time.Duration) (ended bool) {
				cmd := exec.CommandContext(t.Context(), program)
				cmd.Env = append(os.Environ(), envFrom+"="+from, envTo+"="+to)
				cmd.Stderr = os.Stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				timer := time.AfterFunc(killAfter, func() { _ = cmd.Process.Kill() })
				defer timer.Stop()
				return cmd.Wait() == nil
			}
			began := time.Now()
			if !run(place(t, kind), time.Hour) {
				t.Fatal("a copy fails that nobody disturbs")
			}
			took := time.Since(began)
			r := rand.New(rand.NewPCG(1, 2))
			to := place(t, kind)
			for range 5 {
				run(to, time.Duration(r.Int64N(int64(took))))
			}
			if !run(to, time.Hour) {
				t.Fatal("a copy does not go on that was killed")
			}
			ledgertest.Same(t, snapshot(t, source), storeAt(t, to))
		})
	}
}

// fillMonth gives an account 2,500 entries in a month, many of them equal.
func fillMonth(t *testing.T, s ledger.Store) {
	t.Helper()
	readings := []ledger.Reading{{Window: march, ReadAt: march.End.AddDate(0, 1, 0)}}
	for i := range 2500 {
		readings[0].Entries = append(readings[0].Entries, venice.UsageEntry{
			Timestamp: march.Start.Add(time.Duration(i/2) * 34 * time.Minute), SKU: "x-llm-output-mtoken", Currency: venice.DIEM,
			Units: decimal.New(1, -6), PricePerUnitUSD: decimal.New(28, -1), Amount: decimal.New(int64(-i/3), -9),
		})
	}
	if _, err := s.Replace(t.Context(), "busy", readings); err != nil {
		t.Fatal(err)
	}
}
