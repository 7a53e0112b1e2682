package report_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

func TestHowFarAKeyIsFromItsLimits(t *testing.T) {
	t.Parallel()
	some := func(text string) decimal.NullDecimal {
		if text == "" {
			return decimal.NullDecimal{}
		}
		return decimal.NewNullDecimal(decimal.RequireFromString(text))
	}
	for name, test := range map[string]struct {
		limitUSD, limitDIEM, usedUSD, usedDIEM string
		state                                  report.LimitState
		percent                                string
	}{
		"no limit":                 {"", "", "5", "5", report.LimitNone, ""},
		"nothing used":             {"10", "", "0", "", report.LimitOK, "0"},
		"below nine tenths":        {"10", "", "8.94", "", report.LimitOK, "89.4"},
		"hardly below nine tenths": {"10", "", "8.9999", "", report.LimitOK, "89.9"},
		"nine tenths":              {"10", "", "9", "", report.LimitNear, "90"},
		"almost all":               {"10", "", "9.9999", "", report.LimitNear, "99.9"},
		"all but a grain":          {"10", "", "9.99999999999999999999", "", report.LimitNear, "99.9"},
		"all":                      {"10", "", "10", "", report.LimitReached, "100"},
		"more than all":            {"10", "", "12.5", "", report.LimitReached, "125"},
		"the other currency":       {"10", "4", "1", "3.9", report.LimitNear, "97.5"},
		"one reached, one near":    {"10", "4", "10", "3.9", report.LimitReached, "100"},
		"one near, one reached":    {"10", "4", "9.5", "4", report.LimitReached, "100"},
		"use of one is not known":  {"10", "4", "", "1", report.LimitOK, "25"},
		"use is not known":         {"10", "", "", "", report.LimitOK, ""},
		"a limit of nothing":       {"0", "", "0", "", report.LimitReached, "100"},
		"nothing, and not known":   {"0", "", "", "", report.LimitReached, "100"},
		"smaller than one can see": {"", "0.0000001", "", "0.00000001", report.LimitOK, "10"},
	} {
		state, share := report.LimitOf(venice.APIKey{
			ConsumptionLimits:  venice.KeyAmounts{USD: some(test.limitUSD), DIEM: some(test.limitDIEM)},
			CurrentPeriodUsage: venice.KeyAmounts{USD: some(test.usedUSD), DIEM: some(test.usedDIEM)},
		})
		percent := ""
		if share.Valid {
			percent = share.Decimal.String()
		}
		if state != test.state || percent != test.percent {
			t.Errorf("%s: %s, %q%%; want %s, %q%%", name, state, percent, test.state, test.percent)
		}
	}
}
