package venicetest_test

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func generated(t testing.TB, cfg venicetest.Config) []venicetest.Entry {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = fixed(noon)
	}
	s, err := venicetest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s.Entries()
}

func TestGeneratedCountAndSpread(t *testing.T) {
	t.Parallel()
	for _, days := range []int{1, 7, 30, 400} {
		for _, n := range []int{1, 2, 3, 7, 50, 999, 5000} {
			rows := generated(t, venicetest.Config{Seed: uint64(n), Entries: n, Days: days})
			if len(rows) != n {
				t.Fatalf("%d days: %d rows, want %d", days, len(rows), n)
			}
			first, last := rows[0].Timestamp, rows[n-1].Timestamp
			if oldest := noon.AddDate(0, 0, -days); first.Before(oldest) || first.Sub(oldest) > time.Hour {
				t.Errorf("%d days, %d rows: the first is at %s", days, n, first)
			}
			if n > 1 && (last.After(noon) || noon.Sub(last) > time.Hour) {
				t.Errorf("%d days, %d rows: the last is at %s", days, n, last)
			}
		}
	}
}

func TestGenerationIsDeterministic(t *testing.T) {
	t.Parallel()
	a := truth(generated(t, venicetest.Config{Seed: 11, Entries: 3000}))
	b := truth(generated(t, venicetest.Config{Seed: 11, Entries: 3000}))
	c := truth(generated(t, venicetest.Config{Seed: 12, Entries: 3000}))
	if diff := difference(a, b); diff != "" {
		t.Error(diff)
	}
	if difference(a, c) == "" {
		t.Error("another seed gives the same rows")
	}
}

// Answers state the time in whole seconds. A row of the running second would be
// one that a client cannot ask for yet.
func TestGeneratedRowsAreBeforeTheStatedTime(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		now := noon.Add(time.Duration(seed*37%1000) * time.Millisecond)
		rows := generated(t, venicetest.Config{Seed: seed, Entries: 200, Days: 2, Now: fixed(now)})
		stated := now.Truncate(time.Second)
		if last := rows[len(rows)-1].Timestamp; !last.Before(stated) {
			t.Fatalf("seed %d: the last row is at %s, the stated time is %s", seed, last, stated)
		}
	}
}

func TestGeneratedRowsAreRealistic(t *testing.T) {
	t.Parallel()
	rows := generated(t, venicetest.Config{Seed: 1, Entries: 10_000})
	counts := make(map[string]int)
	byInstant, byRequest, equal := make(map[time.Time]int), make(map[string][]venicetest.Entry), make(map[string]int)
	night, day, weekend, weekday := 0, 0, 0, 0
	for i, e := range rows {
		amount, product := rat(t, json.Number(e.Amount)), rat(t, json.Number(e.Units))
		product.Mul(product, rat(t, json.Number(e.PricePerUnitUSD)))
		if amount.Sign() < 0 {
			product.Neg(product)
		}
		if amount.Cmp(product) != 0 {
			t.Fatalf("amount %s is not units %s times price %s", e.Amount, e.Units, e.PricePerUnitUSD)
		}
		counts[e.Currency]++
		counts[e.SKU]++
		if e.KeyID == "" {
			counts["web"]++
		} else if e.Notes != "API Inference" {
			t.Fatalf("a row of a key has the note %q", e.Notes)
		}
		switch {
		case amount.Sign() == 0:
			counts["free"]++
		case amount.Sign() > 0 && e.SKU != "credit-purchase":
			counts["refund"]++
		case amount.Sign() < 0 && amount.Cmp(big.NewRat(-1, 1_000_000)) > 0:
			counts["tiny"]++
			if !strings.Contains(e.Amount, "e-") {
				t.Errorf("tiny amount %s has no exponent", e.Amount)
			}
		}
		byInstant[e.Timestamp]++
		equal[truth(rows[i : i+1])[0]]++
		if e.InferenceDetails != nil {
			byRequest[e.InferenceDetails.RequestID] = append(byRequest[e.InferenceDetails.RequestID], e)
		}
		if h := e.Timestamp.Hour(); h >= 1 && h < 5 {
			night++
		} else if h >= 13 && h < 17 {
			day++
		}
		if d := e.Timestamp.Weekday(); d == time.Saturday || d == time.Sunday {
			weekend++
		} else {
			weekday++
		}
	}
	for _, what := range []string{
		"DIEM", "EARNED_CREDITS", "BUNDLED_CREDITS", "USD", "web", "free", "refund", "tiny", "credit-purchase",
		"search-augmentation", "aurora-beta-compute-slice", "kling-v3-pro-text-to-video-duration-rate-1080p",
		"elevenlabs-music-duration-based-60s", "flux-2-pro-image-unit", "claude-opus-4-8-llm-cache-write-5m-mtoken",
	} {
		if counts[what] == 0 {
			t.Errorf("no row is %s", what)
		}
	}
	if counts["VCU"] != 0 {
		t.Error("VCU after July 2025")
	}
	if day < 4*night || weekday < 3*weekend {
		t.Errorf("night %d, day %d, weekend %d, weekday %d", night, day, weekend, weekday)
	}
	if most := slices.Max(mapValues(byInstant)); most < 20 {
		t.Errorf("at most %d rows share an instant", most)
	}
	if slices.Max(mapValues(equal)) < 2 {
		t.Error("no two rows are equal")
	}
	for id, group := range byRequest {
		prompt := new(big.Rat)
		for _, e := range group {
			if e.KeyID != group[0].KeyID || e.Currency != group[0].Currency || e.Timestamp.Sub(group[0].Timestamp) > 50*time.Millisecond {
				t.Fatalf("request %s has unlike rows", id)
			}
			if strings.Contains(e.SKU, "-llm-") && !strings.Contains(e.SKU, "output") {
				prompt.Add(prompt, rat(t, json.Number(e.Units)))
			}
		}
		if prompt.Mul(prompt, big.NewRat(1_000_000, 1)).Cmp(big.NewRat(*group[0].InferenceDetails.PromptTokens, 1)) != 0 {
			t.Fatalf("request %s: its rows bill %s prompt tokens, the details say %d", id, prompt, *group[0].InferenceDetails.PromptTokens)
		}
	}
}

func mapValues[K comparable](m map[K]int) []int {
	var values []int
	for _, v := range m {
		values = append(values, v)
	}
	return values
}

func TestRowsBeforeJuly2025AreVCU(t *testing.T) {
	t.Parallel()
	border := time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC)
	rows := generated(t, venicetest.Config{Seed: 1, Entries: 2000, Days: 30, Now: fixed(border.AddDate(0, 0, 15))})
	vcu := 0
	for _, e := range rows {
		if e.Currency != "VCU" && e.Currency != "DIEM" {
			continue
		}
		if (e.Currency == "VCU") != e.Timestamp.Before(border) {
			t.Fatalf("%s at %s", e.Currency, e.Timestamp)
		}
		if e.Currency == "VCU" {
			vcu++
			want := rat(t, json.Number(e.Units))
			want.Mul(want, rat(t, json.Number(e.PricePerUnitUSD))).Mul(want, big.NewRat(-10, 1))
			if rat(t, json.Number(e.Amount)).Cmp(want) != 0 {
				t.Fatalf("%s VCU, want %s", e.Amount, want.FloatString(12))
			}
		}
	}
	if vcu == 0 {
		t.Error("no row is VCU")
	}
}
