package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
)

func (a app) accountsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accounts",
		Short: "The accounts, and what the books hold of each",
		Long: `The accounts that are configured or in the books: their entries, what is covered,
when it was last read, and where the key comes from. Keys are never shown.

Accounts are configured in a file (see 'ducat help environment'):

  [accounts.work]
  key_env = "VENICE_KEY_WORK"      a variable that holds the ADMIN key

  [accounts.home]
  key_file = "~/.secrets/venice"   or a file that does

Without one there is the account default, with the key in VENICE_API_KEY.`,
		Example: "  ducat accounts\n  ducat accounts -o json",
		Args:    noArgs,
	}
	output := outputFlag(cmd, formatTable, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		c, store, err := a.books()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		accounts, err := holdings(cmd.Context(), c, store)
		if err != nil {
			return err
		}
		if output.value == formatJSON {
			return writeJSON(a.out, "  ", newAccountsJSON(c.Ledger.String(), accounts))
		}
		_, err = io.WriteString(a.out, accountsTable(a.out, c, accounts, a.now()))
		return err
	}
	return cmd
}

// A holding is what the books have of an account.
type holding struct {
	account     config.Account // only the name, if it is not configured
	configured  bool
	ledger.Span // zero without entries
	covered     []ledger.Window
	synced      time.Time // when the newest part was read
}

// holdings looks into the books, which need not exist yet.
func holdings(ctx context.Context, c *config.Config, store ledger.Store) ([]holding, error) {
	names, err := accountsOf(ctx, c, store, nil)
	if errors.Is(err, ledger.ErrNoLedger) {
		var all []holding
		for _, account := range c.Accounts {
			all = append(all, holding{account: account, configured: true})
		}
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	spans, err := store.Spans(ctx, names...)
	if err != nil {
		return nil, err
	}
	covered, err := store.Coverage(ctx, names...)
	if err != nil {
		return nil, err
	}
	all := make([]holding, len(names))
	for i, name := range names {
		h := &all[i]
		if h.account, h.configured = c.Account(name); !h.configured {
			h.account.Name = name
		}
		h.Span = spans[name]
		h.covered = covered[name].Windows()
		for _, w := range covered[name] {
			if w.ReadAt.After(h.synced) {
				h.synced = w.ReadAt
			}
		}
	}
	return all, nil
}

func accountsTable(out stream, c *config.Config, accounts []holding, now time.Time) string {
	columns := []column{{name: "ACCOUNT"}, {name: "LABEL"}, {name: "ENTRIES", number: true}, {name: "FIRST"}, {name: "LAST"},
		{name: "COVERED UNTIL (UTC)"}, {name: "LAST SYNC"}, {name: "KEY FROM"}}
	var rows [][]string
	for _, h := range accounts {
		date := func(t time.Time, layout string) string {
			if t.IsZero() {
				return "-"
			}
			return t.UTC().Format(layout)
		}
		label, covered, synced, source := "-", "-", "never", "not configured"
		if h.account.Label != "" {
			label = printable(h.account.Label)
		}
		if n := len(h.covered); n > 0 {
			covered = date(h.covered[n-1].End, "2006-01-02 15:04")
			if n > 1 {
				covered += ", " + plural(n-1, "gap", "gaps")
			}
			synced = ago(now.Sub(h.synced))
		}
		if h.configured {
			source = printable(h.account.KeySource())
		}
		rows = append(rows, []string{printable(h.account.Name), label, money.Thousands(fmt.Sprint(h.Entries)),
			date(h.First, time.DateOnly), date(h.Last, time.DateOnly), covered, synced, source})
	}
	if !slices.ContainsFunc(accounts, func(h holding) bool { return h.account.Label != "" }) {
		columns = slices.Delete(columns, 1, 2)
		for i := range rows {
			rows[i] = slices.Delete(rows[i], 1, 2)
		}
	}
	file := c.File
	if file == "" {
		file = "none; see 'ducat accounts --help'"
	}
	return renderTable(out, columns, rows, true) + "\n" + renderTable(out, make([]column, 2), [][]string{
		{out.paint(dim, "ledger"), printable(c.Ledger.String())},
		{out.paint(dim, "configuration"), printable(file)},
	}, false)
}

// accountsJSON is the contract of 'accounts -o json'.
type accountsJSON struct {
	Ledger   string        `json:"ledger"`
	Accounts []accountJSON `json:"accounts"`
}

type accountJSON struct {
	Account    string          `json:"account"`
	Label      *string         `json:"label"`
	Configured bool            `json:"configured"`
	KeySource  *string         `json:"keySource"`
	Entries    int64           `json:"entries"`
	FirstEntry *string         `json:"firstEntry"`
	LastEntry  *string         `json:"lastEntry"`
	LastSync   *string         `json:"lastSync"`
	Covered    []export.Window `json:"covered"`
}

func newAccountsJSON(path string, accounts []holding) accountsJSON {
	j := accountsJSON{Ledger: path, Accounts: make([]accountJSON, len(accounts))}
	for i, h := range accounts {
		covered := make([]export.Window, len(h.covered))
		for k, w := range h.covered {
			covered[k] = export.NewWindow(w)
		}
		j.Accounts[i] = accountJSON{h.account.Name, notEmpty(h.account.Label), h.configured,
			nil, h.Entries, export.Instant(h.First), export.Instant(h.Last), export.Instant(h.synced), covered}
		if h.configured {
			j.Accounts[i].KeySource = new(h.account.KeySource())
		}
	}
	return j
}
