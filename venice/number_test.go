package venice

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
)

func TestParseDecimal(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"0", "0"},
		{"-0", "0"},
		{"-0.0168192", "-0.0168192"},
		{"0.26666667", "0.26666667"},
		{"-4e-8", "-0.00000004"},
		{"1.5E+3", "1500"},
		{"100.10", "100.1"},
		{"84306.0", "84306"},
		{"007", "7"},
		{"0.1234567890123456789012345678901234567890", "0.123456789012345678901234567890123456789"},
		{"5e-324", "0." + strings.Repeat("0", 323) + "5"},
		{"1.7976931348623157e308", "17976931348623157" + strings.Repeat("0", 292)},
		{strings.Repeat("9", 400), strings.Repeat("9", 400)},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			got, err := parseDecimal(test.text)
			if err != nil || got.String() != test.want {
				t.Errorf("parseDecimal(%q) = %v, %v, want %s", test.text, got, err, test.want)
			}
		})
	}
}

func TestParseDecimalRefuses(t *testing.T) {
	t.Parallel()
	tests := []string{
		"", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "1e+-5", "--1", "1-", "1 ", " 1", "1,5", "1_000", "0x10",
		"NaN", "Infinity", "1e5e5", "1.5.5", "\u22125", "\uff11", "null",
		"1e401", "1e-401", "1e1000000000", "1e99999999999999999999",
		"1e400", "1e-400", // more than 400 characters once written out
		strings.Repeat("9", 401),
	}
	for _, text := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if got, err := parseDecimal(text); err == nil {
				t.Errorf("parseDecimal(%q) = %v, want an error", text, got)
			}
		})
	}
}

func TestParseCount(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want int64
	}{
		{"0", 0},
		{"84306", 84306},
		{"84306.0", 84306},
		{"8.4306e4", 84306},
		{"-3", -3},
		{"9223372036854775807", 1<<63 - 1},
		{"9223372036854775807.000", 1<<63 - 1},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			if got, err := parseCount(test.text); err != nil || got != test.want {
				t.Errorf("parseCount(%q) = %d, %v, want %d", test.text, got, err, test.want)
			}
		})
	}
	for _, text := range []string{"", "1.5", "1e-1", "9223372036854775808", "1e300", "many", "0x10"} {
		t.Run("refuses "+text, func(t *testing.T) {
			t.Parallel()
			if got, err := parseCount(text); err == nil {
				t.Errorf("parseCount(%q) = %d, want an error", text, got)
			}
		})
	}
}

// big.Rat reads more spellings than JSON has, but what both read must be equal,
// and every number of JSON's must be read that a 64-bit float can hold.
func FuzzParseDecimal(f *testing.F) {
	for _, text := range []string{
		"0", "-0.0168192", "-4e-8", "1.5E+3", "1e400", "0e-400", "12345678901234567890.5", "1/2", "0x1p-2", "1_0", "\u22121",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseDecimal(text)
		if err != nil {
			var float float64
			if len(text) < 40 && strings.TrimSpace(text) == text && json.Unmarshal([]byte(text), &float) == nil && float != 0 {
				t.Errorf("parseDecimal(%q): %v, but JSON can mean the float %v by it", text, err, float)
			}
			return
		}
		want, ok := new(big.Rat).SetString(text)
		if !ok || got.Rat().Cmp(want) != 0 {
			t.Fatalf("parseDecimal(%q) = %v, want %v", text, got, want)
		}
		again, err := parseDecimal(got.String())
		if err != nil || !again.Equal(got) {
			t.Errorf("parseDecimal(%q) = %v, which reads back as %v, %v", text, got, again, err)
		}
	})
}
