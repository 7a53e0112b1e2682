package venicetest

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/shopspring/decimal"
)

// encoding/json prints a float64 as ECMAScript does, so it is the oracle for
// numbers that a float64 holds exactly enough.
func TestNumbersPrintAsInJavaScript(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	for range 20_000 {
		mantissa, scale := random.Int64N(1_000_000_000_000), random.IntN(20)
		if random.IntN(2) == 0 {
			mantissa = -mantissa
		}
		text := strconv.FormatInt(mantissa, 10) + "e-" + strconv.Itoa(scale)
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if mantissa == 0 {
			want = []byte("0")
		}
		if got := string(appendFixed(nil, mantissa, scale)); got != string(want) {
			t.Fatalf("%s prints as %s, want %s", text, got, want)
		}
		if got := number(decimal.New(mantissa, int32(-scale))); got != string(want) {
			t.Fatalf("decimal %s prints as %s, want %s", text, got, want)
		}
	}
	if got := number(decimal.New(12, 3)); got != "12000" {
		t.Errorf("12e3 prints as %s", got)
	}
}
