package cli

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/status"
)

// booksQuery gives the entries of the books as CSV with Venice's columns, from any
// store.
const booksQuery = `SELECT timestamp, sku, price_per_unit_usd AS "pricePerUnitUsd", units, amount, currency, notes,
	request_id AS "inferenceDetails.requestId", execution_ms AS "inferenceDetails.inferenceExecutionTime",
	prompt_tokens AS "inferenceDetails.promptTokens", completion_tokens AS "inferenceDetails.completionTokens"
FROM entries`

// compare wants the books to be what Venice has, whole, and the ledger's folder
// to hold the ledger only.
func (r *campaignRun) compare() {
	t := r.t
	t.Helper()
	report := r.report()
	want := slices.DeleteFunc(truth(t, r.server), func(row row) bool { return !row.time.Before(report.Coverage[0].AsOf) })
	r.total.entries.Add(int64(len(want)))
	got, err := readCSVRows(strings.NewReader(r.ask("sql", "-o", "csv", booksQuery)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(multiset(want), multiset(got)); diff != "" {
		t.Errorf("the books differ; -Venice +books:\n%s", diff)
	}
	report.compare(t, want)
	r.compareFolder()
}

// multiset counts equal rows.
func multiset(rows []row) map[string]int {
	times := make(map[string]int, len(rows))
	for _, r := range rows {
		times[r.key()]++
	}
	return times
}

// ask runs a command that must succeed.
func (r *campaignRun) ask(args ...string) string {
	r.t.Helper()
	cmd := process(r.t, "", "", args...)
	cmd.Env = append(append(cmd.Env, "TMPDIR="+r.spill), r.shelf.list()...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if code := exitCode(r.t, err); code != exitDone {
		r.t.Fatalf("ducat %s: exit code %d: %s", args[0], code, stderr.String())
	}
	return string(stdout)
}

// A campaignReport is what 'ducat report' says of all the books.
type campaignReport struct {
	Totals struct {
		Currencies []struct{ Currency, Spend, Credit string }
	}
	Complete bool
	Coverage []struct {
		AsOf    time.Time
		Missing []any
	}
}

// report wants the books to be complete up to the last sync. A sync whose balance
// failed goes by the clock of this machine and not by that of the server, which
// tells whole seconds, so an earlier one may have been further.
func (r *campaignRun) report() campaignReport {
	t := r.t
	t.Helper()
	var report campaignReport
	if err := json.Unmarshal([]byte(r.ask("report", "--since", "all", "-o", "json")), &report); err != nil {
		t.Fatal(err)
	}
	if !report.Complete || len(report.Coverage) != 1 || len(report.Coverage[0].Missing) > 0 || report.Coverage[0].AsOf.Before(r.settled) {
		t.Fatalf("the books are not complete up to %s: %+v", r.settled, report)
	}
	return report
}

// compare wants the totals to be the sums of the rows.
func (c campaignReport) compare(t *testing.T, want []row) {
	t.Helper()
	sums := map[string]*big.Rat{}
	for _, c := range c.Totals.Currencies {
		spend, errSpend := rat(c.Spend)
		credit, errCredit := rat(c.Credit)
		if errSpend != nil || errCredit != nil {
			t.Fatalf("%v, %v", errSpend, errCredit)
		}
		sums[c.Currency] = credit.Sub(credit, spend)
	}
	for _, row := range want {
		if sums[row.currency] == nil {
			t.Fatalf("no total of %s", row.currency)
		}
		sums[row.currency].Sub(sums[row.currency], row.amount)
	}
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		if sums[currency].Sign() != 0 {
			t.Errorf("the total of %s is %s too high", currency, sums[currency].RatString())
		}
	}
}

// compareFolder wants the ledger, if it is a file, for its owner's eyes, and
// nothing beside it but the status, of which a killed process may leave a draft to
// be swept later.
func (r *campaignRun) compareFolder() {
	r.t.Helper()
	c := r.shelf.config(r.t)
	files, err := os.ReadDir(filepath.Dir(c.Beside))
	if err != nil {
		r.t.Fatal(err)
	}
	ledger, kept := filepath.Base(c.Beside), filepath.Base(status.Beside(c.Beside).Path)
	for _, file := range files {
		draft := strings.HasPrefix(file.Name(), "."+kept+"-new-")
		if file.Name() != ledger && file.Name() != kept && !draft {
			r.t.Errorf("%s was left behind beside the ledger", file.Name())
		}
	}
	if c.Ledger.IsAddress() {
		return
	}
	info, err := os.Stat(c.Beside)
	if err != nil {
		r.t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		r.t.Errorf("the ledger's mode is %s", info.Mode())
	}
}
