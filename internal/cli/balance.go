package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/venice"
)

func (a app) balanceCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "balance",
		Short: "What the account can spend now",
		Long: `What is left of each currency, which one is charged next, and how much of
today's DIEM is used. DIEM refills at 00:00 UTC; what is left does not roll over.

An INFERENCE key may not know the balance. Of it this says what the key itself may
still spend.`,
		Example: `  ducat balance
  ducat balance -o json | jq -r .balances.usd`,
		Args: noArgs,
	}
	output := outputFlag(cmd, formatTable, formatJSON)
	conn := connectionFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, err := a.client(conn)
		if err != nil {
			return err
		}
		balance, err := client.Billing.GetBalance(cmd.Context())
		if limits := limitsInstead(cmd.Context(), client, err); limits != nil {
			if output.value == formatJSON {
				return writeJSON(a.out, "  ", newLimitsJSON(limits, a.now()))
			}
			_, err := io.WriteString(a.out, limitsTable(a.out, limits, a.now()))
			return err
		}
		if err != nil {
			return err
		}
		epoch := export.NewEpoch(balance, a.now())
		if output.value == formatJSON {
			return writeJSON(a.out, "  ", newBalanceJSON(balance, epoch))
		}
		_, err = io.WriteString(a.out, balanceTable(a.out, balance, epoch))
		return err
	}
	return cmd
}

// balanceTable shows a balance to a person.
func balanceTable(out stream, b *venice.Balance, e export.Epoch) string {
	var s strings.Builder
	switch {
	case !b.CanConsume:
		fmt.Fprintf(&s, "%s  Venice asks for at least 0.10 in all.\n", out.paint(red, "Too little left to spend."))
	case b.ConsumptionCurrency == "":
		fmt.Fprintf(&s, "%s\n", out.paint(green, "Can spend."))
	default:
		fmt.Fprintf(&s, "%s  The next request is charged in %s.\n",
			out.paint(green, "Can spend."), out.paint(bold, printable(string(b.ConsumptionCurrency))))
	}
	if e.Used.Valid {
		fmt.Fprintf(&s, "\nDIEM today  %s  %s%% used: %s of %s. Refills in %s (00:00 UTC).\n",
			gauge(out, e.Used.Decimal, e.Allocation, 30), percent(e.Used.Decimal, e.Allocation).StringFixed(1),
			money.Readable(e.Used.Decimal), money.Readable(e.Allocation), duration(e.Left))
	}
	var rows [][]string
	for _, c := range currencies(b.Balances) {
		left, next := readableNull(c.left), ""
		if c.currency == b.ConsumptionCurrency {
			left, next = out.paint(bold, left), "charged next"
		}
		rows = append(rows, []string{string(c.currency), left, next})
	}
	s.WriteByte('\n')
	s.WriteString(renderTable(out, []column{{name: "CURRENCY"}, {name: "LEFT", number: true}, {}}, rows, true))
	return s.String()
}

type currencyLeft struct {
	currency venice.Currency
	left     decimal.NullDecimal
}

// currencies lists the balances in the order in which Venice debits them.
func currencies(b venice.Balances) []currencyLeft {
	return []currencyLeft{
		{venice.DIEM, b.DIEM},
		{venice.EarnedCredits, b.EarnedCredits},
		{venice.BundledCredits, b.BundledCredits},
		{venice.USD, b.USD},
	}
}

// duration is a time span in hours and minutes.
func duration(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	if minutes < 60 {
		return fmt.Sprintf("%d min", minutes)
	}
	return fmt.Sprintf("%d h %02d min", minutes/60, minutes%60)
}

// balanceJSON is the contract of 'balance -o json'.
type balanceJSON struct {
	Source string `json:"source"`
	export.Balance
	OtherBalances map[string]string `json:"otherBalances"`
}

// Where the figures of a balance come from.
const (
	sourceBalance    = "balance"
	sourceRateLimits = "rate_limits"
)

func newBalanceJSON(b *venice.Balance, e export.Epoch) balanceJSON {
	return balanceJSON{Source: sourceBalance, Balance: export.NewBalance(b, e), OtherBalances: map[string]string{}}
}
