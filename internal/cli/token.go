package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/serve/access"
)

func (a app) tokenCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Who may ask 'ducat serve'",
		Long: `A token lets a person or a program read the books that 'ducat serve' shows, and
nothing else: it is no key of Venice's. It is shown once, when it is made; the
file tokens.json beside the configuration keeps its SHA-256 only. A server that
runs heeds every change at once.`,
		Example: `  ducat token add grafana
  ducat token add alice --account work --expires 90d
  ducat token list
  ducat token remove alice`,
		Args: needsCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.tokenAddCmd(), a.tokenListCmd(), a.tokenRemoveCmd())
	return cmd
}

// needsCommand refuses words that are no command of the one it is given.
func needsCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("unknown command %q of %s", args[0], cmd.CommandPath())
}

// oneName wants the name of a token.
func oneName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%s takes the name of one token", cmd.CommandPath())
	}
	return nil
}

func (a app) tokenAddCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a token, and show it this once",
		Long: `The token is the only text on stdout. Programs send it as

  Authorization: Bearer ducat_...

and people sign in with it.`,
		Example: "  ducat token add grafana\n  ducat token add alice --account work --expires 90d",
		Args:    oneName,
	}
	var account, expires string
	cmd.Flags().StringVar(&account, "account", "", "show this account only")
	cmd.Flags().StringVar(&expires, "expires", "", "end after so long (90d, 12h), or at a time (2027-01-31)")
	output := outputFlag(cmd, formatTable, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		now := a.now().UTC().Truncate(time.Second)
		t := access.Token{Name: args[0], Account: account, Created: now}
		var err error
		if expires != "" {
			if t.Expires, err = parseEnd(expires, now); err != nil {
				return wrongUsage(fmt.Errorf("invalid --expires %q: %w", expires, err), cmd.CommandPath())
			}
		}
		c, file, err := a.tokens()
		if err != nil {
			return err
		}
		if account != "" {
			if err := a.knownAccount(cmd.Context(), c, account); err != nil {
				return err
			}
		}
		secret, err := file.Add(t)
		if errors.Is(err, access.ErrBadToken) {
			return wrongUsage(err, cmd.CommandPath())
		}
		if err != nil {
			return err
		}
		if output.value == formatJSON {
			return writeJSON(a.out, "  ", struct {
				tokenJSON
				Token string `json:"token"`
			}{newTokenJSON(t, now), secret})
		}
		fmt.Fprintf(a.err, "The token of %s, which is shown this once:\n", t.Name)
		_, err = fmt.Fprintln(a.out, secret)
		return err
	}
	return cmd
}

// knownAccount refuses an account that neither the configuration nor the books
// have: a token for it would show nothing.
func (a app) knownAccount(ctx context.Context, c *config.Config, name string) (err error) {
	if _, ok := c.Account(name); ok && !c.Implicit {
		return nil
	}
	store, err := a.openLedger(c.Ledger, duckdb.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	_, err = accountsOf(ctx, c, store, []string{name})
	if errors.Is(err, ledger.ErrNoLedger) {
		_, err = configured(c, []string{name})
	}
	return err
}

func (a app) tokenListCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "The tokens, without their secrets",
		Example: "  ducat token list\n  ducat token list -o json",
		Args:    noArgs,
	}
	output := outputFlag(cmd, formatTable, formatJSON)
	cmd.RunE = func(*cobra.Command, []string) error {
		_, file, err := a.tokens()
		if err != nil {
			return err
		}
		tokens, err := file.Tokens()
		if err != nil {
			return err
		}
		now := a.now()
		if output.value == formatJSON {
			list := make([]tokenJSON, len(tokens))
			for i, t := range tokens {
				list[i] = newTokenJSON(t, now)
			}
			return writeJSON(a.out, "  ", map[string][]tokenJSON{"tokens": list})
		}
		if len(tokens) == 0 {
			_, err := io.WriteString(a.out, "No tokens; 'ducat token add NAME' makes one.\n")
			return err
		}
		_, err = io.WriteString(a.out, tokensTable(a.out, tokens, now))
		return err
	}
	return cmd
}

func tokensTable(out stream, tokens []access.Token, now time.Time) string {
	columns := []column{{name: "NAME"}, {name: "ACCOUNT"}, {name: "CREATED"}, {name: "EXPIRES (UTC)"}}
	var rows [][]string
	for _, t := range tokens {
		account, expires := "all", "never"
		if t.Account != "" {
			account = printable(t.Account)
		}
		if !t.Expires.IsZero() {
			expires = t.Expires.UTC().Format("2006-01-02 15:04")
		}
		if t.Expired(now) {
			expires = out.paint(yellow, "expired "+expires)
		}
		rows = append(rows, []string{printable(t.Name), account, t.Created.UTC().Format(time.DateOnly), expires})
	}
	return renderTable(out, columns, rows, true)
}

func (a app) tokenRemoveCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "remove NAME",
		Short:   "End a token, and the sessions begun with it, at once",
		Example: "  ducat token remove alice",
		Args:    oneName,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var names []cobra.Completion
			if _, file, err := a.tokens(); err == nil {
				tokens, _ := file.Tokens() // a guess may be empty
				for _, t := range tokens {
					names = append(names, t.Name)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			_, file, err := a.tokens()
			if err != nil {
				return err
			}
			err = file.Remove(args[0])
			if errors.Is(err, access.ErrNoToken) {
				return fmt.Errorf("%w; see 'ducat token list'", err)
			}
			return err
		},
	}
}

// tokens is the file of tokens that the user has set up.
func (a app) tokens() (*config.Config, access.File, error) {
	c, err := a.config()
	if err != nil {
		return nil, "", err
	}
	if c.Tokens == "" {
		return nil, "", &usageError{msg: "no place for tokens: neither HOME nor " + config.EnvConfig + " is set", hint: "see 'ducat help environment'"}
	}
	return c, access.File(c.Tokens), nil
}

// parseEnd reads a point in time ahead: a date, an instant, or days or hours from now.
func parseEnd(s string, now time.Time) (time.Time, error) {
	t, err := parseWhen(s, now)
	if err != nil {
		return time.Time{}, errors.New("must be days or hours (90d, 12h), a date (2027-01-31) or an instant (2027-01-31T12:00:00Z)")
	}
	if strings.HasSuffix(s, "d") || strings.HasSuffix(s, "h") { // as far ahead as it was taken to be back
		t = now.Add(now.Sub(t))
	}
	return t, nil
}

// tokenJSON is a token in JSON; see docs/json.md.
type tokenJSON struct {
	Name    string  `json:"name"`
	Account *string `json:"account"`
	Created *string `json:"created"`
	Expires *string `json:"expires"`
	Expired bool    `json:"expired"`
}

func newTokenJSON(t access.Token, now time.Time) tokenJSON {
	return tokenJSON{t.Name, notEmpty(t.Account), export.Instant(t.Created), export.Instant(t.Expires), t.Expired(now)}
}
