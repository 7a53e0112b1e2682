package clickhouse_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
)

// TestViewsSayWhatTheStoreSays asks in SQL when entries have come, gone and come
// again, on one server and in a cluster.
func TestViewsSayWhatTheStoreSays(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"one server", "cluster"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := chdbtest.Database(t)
			parameters := ""
			if name == "cluster" {
				parameters = "?cluster=" + chdbtest.Cluster(t)
			}
			s, reference, r := open(t, address+parameters), &ledgertest.Memory{}, rand.New(rand.NewPCG(4, 0))
			for n := range int64(6) {
				account := fmt.Sprint("account ", n%2)
				for _, store := range []ledger.Store{s, reference} {
					save(t, store, account, n)
				}
				readings := []ledger.Reading{reading(r, ledgertest.Day.End.Add(time.Duration(n)*time.Minute))}
				for _, store := range []ledger.Store{s, reference} {
					if _, err := store.Replace(t.Context(), account, readings); err != nil {
						t.Fatal(err)
					}
				}
			}
			var entries, windows []string
			for e, err := range reference.Entries(t.Context(), ledger.Selection{}) {
				if err != nil {
					t.Fatal(err)
				}
				entries = append(entries, fmt.Sprintf("%s %d %x %d %s %s", e.Account, e.Timestamp.Unix(), e.Identity, e.Ordinal, e.Amount.Neg(), e.InferenceDetails.RequestID))
			}
			known, err := reference.Coverage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, account := range []string{"account 0", "account 1"} {
				for _, c := range known[account] {
					windows = append(windows, fmt.Sprintf("%s %d %d %d", account, c.Start.Unix(), c.End.Unix(), c.ReadAt.Unix()))
				}
			}
			for query, want := range map[string]string{
				"SELECT arrayStringConcat(groupArray(line), ', ') FROM (SELECT format('{} {} {} {} {} {}', account, toString(toUnixTimestamp(timestamp)), identity, " +
					"toString(ordinal), toString(spend), assumeNotNull(request_id)) AS line FROM entries ORDER BY timestamp, account, identity, ordinal)": strings.Join(entries, ", "),
				"SELECT arrayStringConcat(groupArray(line), ', ') FROM (SELECT format('{} {} {} {}', account, toString(toUnixTimestamp(window_start)), " +
					"toString(toUnixTimestamp(window_end)), toString(toUnixTimestamp(read_at))) AS line FROM coverage ORDER BY account, window_start)": strings.Join(windows, ", "),
				"SELECT toString(arraySort(groupArray((account, usd)))) FROM balances":                                 "[('account 0',0.000000004),('account 1',0.000000005)]",
				"SELECT toString(arraySort(groupArray((account, day, key_id, usd, diem, units)))) FROM keys":           "[('account 0','2026-06-26','key 4',0.000000004,0,0),('account 0','2026-06-27','key 4',0.000000004,0,0),('account 1','2026-06-26','',0,0.000000005,0.000000005),('account 1','2026-06-26','key 5',0.000000005,0,0),('account 1','2026-06-27','',0,0.000000005,0.000000005),('account 1','2026-06-27','key 5',0.000000005,0,0)]",
				"SELECT toString(arraySort(groupArray((account, key_id, type, limit_usd, period_usd)))) FROM api_keys": "[('account 0','key 4','ADMIN',0.000000004,NULL),('account 1','key 5','ADMIN',0.000000005,NULL)]",
			} {
				if got := text(t, address, query); got != want {
					t.Errorf("%s:\n got %s\nwant %s", query, got, want)
				}
			}
		})
	}
}
