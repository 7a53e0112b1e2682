package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func (a app) simulateCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "A Venice billing server on this machine",
		Long: `A billing server with an invented account, on loopback only. The first line on
stdout is JSON: {"baseURL","adminKey","inferenceKey"}. It runs until interrupted,
and then exits 0. The same seed and the same --now give the same account.

--faults makes it misbehave, to see how a client copes. A fault is written
kind[=wait][@after][xtimes][/route]: '500@3x2' answers 500 to the fourth and the
fifth request, 'hang/usage-history' never answers that route; several are
separated by commas. Routes: usage, usage-history, usage-analytics, balance,
api_keys, api_keys/rate_limits, api_keys/rate_limits/log. Kinds:

` + faultKinds(),
		Example: `  ducat simulate --entries 10000 --days 90
  ducat simulate --faults '429-retry-after@2,500@5x2/usage-history'
  ducat simulate --seed 7 --now 2026-01-31T12:00:00Z --dump truth.ndjson`,
		Args: noArgs,
	}
	var cfg venicetest.Config
	var faults, dump string
	clock := instant{parse: func(s string) (time.Time, error) { return parseWhen(s, a.now()) }}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&cfg.Addr, "addr", "127.0.0.1:0", "where to listen, on loopback; port 0 takes a free one")
	flags.Uint64Var(&cfg.Seed, "seed", 1, "which account")
	flags.IntVar(&cfg.Entries, "entries", 5000, "how many ledger entries")
	flags.IntVar(&cfg.Days, "days", 30, "over how many days up to now")
	flags.DurationVar(&cfg.Latency, "latency", 0, "wait so long before each answer")
	flags.StringVar(&faults, "faults", "", "what goes wrong")
	flags.BoolVar(&cfg.Legacy, "legacy", false, "answer the retired page-numbered route instead of 410")
	csv := choiceFlag(cmd, "csv", "", "plain", []string{"plain", "quoted"}, "how CSV answers are quoted")
	flags.StringVar(&dump, "dump", "", "first write the whole ledger to this file, as NDJSON in Venice's form")
	flags.Var(&clock, "now", "stop the server's clock at this instant (default: the time)")

	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if cfg.Entries < 0 || cfg.Days < 1 || cfg.Latency < 0 {
			return wrongUsage(errors.New("--entries and --latency must not be negative, --days must be 1 or more"), cmd.CommandPath())
		}
		if cfg.Faults, err = venicetest.ParseFaults(faults); err != nil {
			return wrongUsage(err, cmd.CommandPath())
		}
		if csv.value == "quoted" {
			cfg.CSV = venicetest.CSVQuoted
		}
		cfg.Now = a.now
		if !clock.IsZero() {
			cfg.Now = func() time.Time { return clock.Time }
		}
		return a.simulate(cmd.Context(), cfg, dump)
	}
	return cmd
}

// simulate runs a server until ctx ends.
func (a app) simulate(ctx context.Context, cfg venicetest.Config, dump string) error {
	server, err := venicetest.Start(cfg)
	if err != nil {
		return err
	}
	defer server.Close()
	if dump != "" {
		if err := dumpLedger(server, dump); err != nil {
			return err
		}
	}
	first, err := json.Marshal(struct {
		BaseURL      string `json:"baseURL"`
		AdminKey     string `json:"adminKey"`
		InferenceKey string `json:"inferenceKey"`
	}{server.BaseURL, server.AdminKey, server.InferenceKey})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(a.out, "%s\n", first); err != nil {
		return err
	}
	if a.err.tty {
		fmt.Fprintf(a.err, `
In another terminal:
  export %s=%s
  export %s=%s
  ducat balance

Ctrl-C ends it.
`, envBaseURL, server.BaseURL, envKey, server.AdminKey)
	}
	<-ctx.Done()
	return nil
}

// dumpLedger writes what the server holds.
func dumpLedger(server *venicetest.Server, name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	return errors.Join(server.WriteNDJSON(w), w.Flush(), file.Close())
}

// faultKinds lists the kinds of fault in lines for the help.
func faultKinds() string {
	var s strings.Builder
	width := 0
	for _, kind := range venicetest.FaultKinds() {
		if width > 0 && width+len(kind) > 74 {
			s.WriteByte('\n')
			width = 0
		}
		if width == 0 {
			s.WriteByte(' ')
		}
		s.WriteString(" " + string(kind))
		width += len(kind) + 1
	}
	return s.String()
}
