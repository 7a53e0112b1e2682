package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/venice"
)

func (a app) keysCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "The API keys, their limits, and what they spent",
		Long: `The account's API keys as Venice knows them now: limits and what is used of them
in the present period (a UTC day, a UTC month, or all time), spend in the last
seven days, when a key was last used and when it expires. A key that has used 90%
of a limit is marked. Of a key itself only the last six characters are shown.

USD includes bundled credits. Earned credits are in no figure, although a limit in
USD counts them too: a key can be at its limit before this says so.`,
		Example: `  ducat keys
  ducat keys -o json | jq '.accounts[].keys[] | select(.state != "ok")'`,
		Args: noArgs,
	}
	var names []string
	cmd.Flags().SortFlags = false
	cmd.Flags().StringSliceVar(&names, "account", nil, "only this account; can be repeated")
	output := outputFlag(cmd, formatTable, formatJSON, formatCSV)
	conn := connectionFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.config()
		if err != nil {
			return err
		}
		accounts, err := configured(c, names)
		if err != nil {
			return err
		}
		rings, failed := a.keyRings(cmd.Context(), accounts, conn)
		if len(rings) > 0 {
			failed = errors.Join(failed, a.printKeys(rings, output.value))
		}
		return failed
	}
	return cmd
}

// A keyRing is the keys of one account, and when Venice told them.
type keyRing struct {
	account string
	at      time.Time
	keys    []venice.APIKey
}

// keyRings asks for the keys of each account. One that fails does not keep the
// others from being asked.
func (a app) keyRings(ctx context.Context, accounts []config.Account, conn *connection) (rings []keyRing, failed error) {
	for _, account := range accounts {
		ring, err := a.keyRing(ctx, account, conn)
		switch {
		case err == nil:
			rings = append(rings, ring)
		case len(accounts) > 1:
			failed = errors.Join(failed, fmt.Errorf("account %s: %w", account.Name, err))
		default:
			failed = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return rings, failed
}

func (a app) keyRing(ctx context.Context, account config.Account, conn *connection) (keyRing, error) {
	client, err := a.clientOf(account, conn)
	if err != nil {
		return keyRing{}, err
	}
	list, err := client.APIKeys.List(ctx)
	if err != nil {
		return keyRing{}, err
	}
	at := list.Meta.Date
	if at.IsZero() {
		at = a.now()
	}
	return keyRing{account.Name, at, list.Data}, nil
}

func (a app) printKeys(rings []keyRing, format string) error {
	switch format {
	case formatJSON:
		return writeJSON(a.out, "  ", newKeysJSON(rings))
	case formatCSV:
		return writeKeysCSV(a.out, rings)
	}
	_, err := io.WriteString(a.out, keysTable(a.out, rings))
	return err
}
