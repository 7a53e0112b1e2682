package report_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

func TestNeediest(t *testing.T) {
	t.Parallel()
	hole := []ledger.Window{{Start: ledger.Beginning, End: wednesday}}
	coverage := []report.Coverage{
		{Account: "a", AsOf: wednesday}, {Account: "b", AsOf: wednesday.Add(-1)}, {Account: "c", AsOf: wednesday, Missing: hole}, {Account: "d", Missing: hole}, {Account: "e", AsOf: wednesday},
	}
	out := func(account string, v report.Verdict, minutes int) report.RunOut {
		r := report.RunOut{Account: account, Forecast: report.Exhaustion{Verdict: v}}
		if v == report.RunsOut {
			r.Forecast.At = wednesday.Add(time.Duration(minutes) * time.Minute)
		}
		return r
	}
	runOuts := []report.RunOut{
		out("a", report.Unknown, 0), out("b", report.NotBeforeReset, 0), out("c", report.RunsOut, 9), out("d", report.RunsOut, 5), out("e", report.IsOut, 0), out("f", report.NotBeforeReset, 0),
	}
	for _, test := range []struct {
		most   int
		lack   string
		others int
		runOut string
	}{
		{1, "[d]", 4, "[e]"},
		{3, "[d c b]", 2, "[e d c]"},
		{4, "[d c b a]", 1, "[e d c b]"},
		{5, "[a b c d e]", 0, "[e d c b f]"}, // all in their own order
		{6, "[a b c d e]", 0, "[a b c d e f]"},
	} {
		first, others := report.Neediest(coverage, test.most, report.ByLack)
		if got := fmt.Sprint(names(first, func(c report.Coverage) string { return c.Account })); got != test.lack || others != test.others {
			t.Errorf("%d by what they lack: %s and %d others, want %s and %d", test.most, got, others, test.lack, test.others)
		}
		soon, later := report.Neediest(runOuts, test.most, report.ByRunOut)
		if got := fmt.Sprint(names(soon, func(r report.RunOut) string { return r.Account })); got != test.runOut || later != len(runOuts)-len(soon) {
			t.Errorf("%d by when they run out: %s and %d others, want %s", test.most, got, later, test.runOut)
		}
	}
	if coverage[0].Account != "a" || runOuts[0].Account != "a" {
		t.Error("the lists that were given have another order now")
	}
}

func names[T any](list []T, name func(T) string) (names []string) {
	for _, v := range list {
		names = append(names, name(v))
	}
	return names
}
