package cli

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/report"
)

// Of thousands of accounts those are told where DIEM ends first, and how many
// others there are.
func TestRunOutsOfManyAccounts(t *testing.T) {
	t.Parallel()
	f := &report.Forecast{Now: noon}
	for n := range 1000 {
		r := report.RunOut{Account: fmt.Sprintf("account-%03d", n), From: noon, Resets: noon.Add(12 * time.Hour), Left: decimal.NewNullDecimal(decimal.NewFromInt(5))}
		r.PresentRate.Verdict, r.PresentRate.Why = report.Unknown, "the books lack a part of the last hour"
		switch {
		case n%2 == 1:
			r.Forecast.Verdict, r.Forecast.Why = report.Unknown, "no balance is read yet"
			r.PresentRate = r.Forecast
		case n == 500:
			r.Forecast.Verdict = report.IsOut
		case n > 900:
			r.Forecast.Verdict, r.Forecast.At = report.RunsOut, noon.Add(time.Duration(1000-n)*time.Minute)
		default:
			r.Forecast.Verdict = report.NotBeforeReset
		}
		f.RunOuts = append(f.RunOuts, r)
	}
	text := runOutsText(stream{}, f)
	var told []string
	for line := range strings.Lines(text) {
		if name, _, found := strings.Cut(strings.TrimPrefix(line, "DIEM of account-"), "  "); found && strings.HasPrefix(line, "DIEM of account-") {
			told = append(told, name)
		}
	}
	if got, want := fmt.Sprint(told), "[500 998 996 994 992 990 988 986 984 982 980 978]"; got != want {
		t.Errorf("told of %s, want %s", got, want)
	}
	for _, want := range []string{
		"DIEM of 488 more accounts  ends later, if it does: -o json tells of each.\n",
		"DIEM of 500 accounts  unknown when it ends: no balance is read yet.\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}
