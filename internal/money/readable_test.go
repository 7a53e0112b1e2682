package money_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/money"
)

func TestReadable(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"0":                 "0",
		"-0":                "0",
		"1":                 "1",
		"999":               "999",
		"1000":              "1,000",
		"-1234567.5":        "-1,234,567.5",
		"0.1":               "0.1",
		"25.000000":         "25",
		"-0.0168192":        "-0.016819",
		"-0.000001":         "-0.000001",
		"-0.0000014":        "-0.000001",
		"0.0000005":         "0.000001",
		"0.00000049":        "<0.000001",
		"-1.2e-9":           "-<0.000001",
		"1e-300":            "<0.000001",
		"999.9999999":       "1,000",
		"12345678901234567": "12,345,678,901,234,567",
	} {
		if got := money.Readable(decimal.RequireFromString(number)); got != want {
			t.Errorf("readable(%s) = %s, want %s", number, got, want)
		}
	}
}
