package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/status"
)

// staleAfter is how old the books may be until the status marks them.
const staleAfter = time.Hour

// statusOptions are the flags of 'ducat status'.
type statusOptions struct {
	accounts []string
	format   string
	stale    time.Duration
	output   *choice
}

func (a app) statusCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "One line for a prompt or a status bar",
		Long: `How the accounts stand, on one line, by the books alone: what is left, what was
spent today and this month (UTC), and in the last hour that the books know. It
asks nothing of Venice, and answers from a small file beside the ledger while
the books are the same.

~$ is a dollar equivalent: USD, BUNDLED_CREDITS, EARNED_CREDITS and DIEM count
1, VCU 0.10. Several accounts are added up, each currency for itself; --account
chooses. Marks at the end tell what else one should know: a budget that is
exceeded, a currency without a known worth, books that are old or lack something.

--format takes a text with placeholders:

` + placeholderHelp() + `
A brace of its own is written twice: {{ or }}.`,
		Example: `  ducat status
  ducat status --format '{diem} DIEM, ~${today} today'
  PS1='[$(ducat status --format "{epoch}")] \$ '`,
		Args: noArgs,
	}
	o := new(statusOptions)
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&o.accounts, "account", nil, "only this account; can be repeated")
	flags.StringVar(&o.format, "format", "", "a text with placeholders instead of the line")
	flags.DurationVar(&o.stale, "stale", staleAfter, "mark books that end longer ago than this")
	o.output = outputFlag(cmd, formatTable, formatJSON)

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		parts, err := parseFormat(o.format)
		switch {
		case err != nil:
		case o.format != "" && o.output.value == formatJSON:
			err = errors.New("--format is for text: leave out -o json")
		case o.stale <= 0:
			err = errors.New("--stale must be more than 0")
		}
		if err != nil {
			return wrongUsage(err, cmd.CommandPath())
		}
		kept, outdated, err := a.status(cmd.Context())
		if err != nil {
			return err
		}
		s, err := statusOf(kept.Status, o.accounts)
		if err != nil {
			return err
		}
		now := a.now()
		stand := standing{s.Total(), s.Budgets, now, o.stale, outdated}
		switch {
		case o.output.value == formatJSON:
			return writeJSON(a.out, "  ", newStatusJSON(s, stand))
		case o.format != "":
			_, err = io.WriteString(a.out, fill(parts, stand)+"\n")
		default:
			_, err = io.WriteString(a.out, stand.line(a.out)+"\n")
		}
		return err
	}
	return cmd
}

// statusOf keeps the accounts asked for.
func statusOf(s *status.Status, names []string) (*status.Status, error) {
	var there []string
	known := map[string]bool{}
	for _, account := range s.Accounts {
		there = append(there, account.Name)
		known[account.Name] = true
	}
	for _, name := range names {
		if !known[name] {
			return nil, &usageError{
				msg:  fmt.Sprintf("invalid --account %q: neither configured nor in the books", name),
				hint: "there are " + someOf(there),
			}
		}
	}
	return s.Of(names), nil
}
