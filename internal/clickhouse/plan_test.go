package clickhouse

import (
	"strings"
	"testing"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

// TestSortingKeyIsUsed asks the server how it would answer what syncs and reports
// ask for each account: it should find the rows by the key, and need not sort them.
func TestSortingKeyIsUsed(t *testing.T) {
	t.Parallel()
	s := ledgertest.Opened(Open(chdbtest.Database(t), ""))(t)
	if err := ledgertest.Put(t.Context(), s, ledgertest.Version(1)); err != nil {
		t.Fatal(err)
	}
	accounts, err := s.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var coverage condition
	coverage.add(coverageRows)
	addIn(&coverage, "account", accounts)
	window := s.selects(ledger.Selection{Accounts: accounts, Window: ledgertest.Day})
	for name, test := range map[string]struct {
		explain string
		where   condition
		rest    string
		want    string
	}{
		"the head of an account":     {"EXPLAIN indexes = 1", coverage, "", "Keys: abs(sign) account Condition:"},
		"a window of an account":     {"EXPLAIN indexes = 1", window, "", "Keys: abs(sign) account timestamp Condition:"},
		"the entries of one account": {"EXPLAIN PIPELINE", window, asInJournal, "algorithm: InOrder"},
	} {
		lines, err := collect(t.Context(), s.conn, func(line *string) []any { return []any{line} },
			test.explain+" SELECT account, identity FROM ledger_journal"+test.where.sql()+test.rest, test.where.args...)
		if err != nil {
			t.Fatal(err)
		}
		if plan := strings.Join(strings.Fields(strings.Join(lines, " ")), " "); !strings.Contains(plan, test.want) {
			t.Errorf("%s: the plan has no %q:\n%s", name, test.want, plan)
		}
	}
}
