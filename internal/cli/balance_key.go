package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/venice"
)

// limitsInstead asks what the key itself may spend, where Venice refused to tell
// it the account's balance: every valid key may ask that. It returns nil where
// the refusal has another reason, or this is refused too.
func limitsInstead(ctx context.Context, client *venice.Client, refusal error) *venice.RateLimits {
	var api *venice.APIError
	if !errors.As(refusal, &api) || api.StatusCode != http.StatusUnauthorized {
		return nil
	}
	limits, err := client.APIKeys.GetRateLimits(ctx)
	if err != nil {
		return nil
	}
	return limits
}

// epochEnds is when DIEM refills: as Venice said, or else the next 00:00 UTC.
func epochEnds(l *venice.RateLimits, now time.Time) time.Time {
	if !l.NextEpochBegins.IsZero() {
		return l.NextEpochBegins
	}
	return export.NewEpoch(&venice.Balance{Meta: l.Meta}, now).Ends
}

// limitsTable shows a person what a key may spend.
func limitsTable(out stream, l *venice.RateLimits, now time.Time) string {
	var s strings.Builder
	if l.AccessPermitted {
		s.WriteString(out.paint(green, "Can spend.") + "\n\n")
	} else {
		s.WriteString(out.paint(red, "Venice would refuse this key now.") + "\n\n")
	}
	var rows [][]string
	for _, currency := range slices.Sorted(maps.Keys(l.Balances)) {
		rows = append(rows, []string{printable(string(currency)), money.Readable(l.Balances[currency])})
	}
	s.WriteString(renderTable(out, []column{{name: "CURRENCY"}, {name: "LEFT FOR THIS KEY", number: true}}, rows, true))
	fmt.Fprintf(&s, `
This is no ADMIN key, so these figures come from /api_keys/rate_limits: at most
what the key's own limits leave. Not known: what the account has beyond them,
earned credits, the DIEM allowance of a day, and which currency is charged next.
DIEM refills at %s UTC.
`, epochEnds(l, now).Format("2006-01-02 15:04"))
	return s.String()
}

// newLimitsJSON is 'balance -o json' for a key that may not know the balance.
func newLimitsJSON(l *venice.RateLimits, now time.Time) balanceJSON {
	j := balanceJSON{Source: sourceRateLimits, OtherBalances: map[string]string{}}
	j.CanConsume = l.AccessPermitted
	j.DIEMEpochEnds = epochEnds(l, now).Format(export.TimeLayout)
	for currency, left := range l.Balances {
		switch text := left.String(); currency {
		case venice.DIEM:
			j.Balances.DIEM = &text
		case venice.USD:
			j.Balances.USD = &text
		case venice.BundledCredits:
			j.Balances.BundledCredits = &text
		case venice.EarnedCredits:
			j.Balances.EarnedCredits = &text
		default:
			j.OtherBalances[string(currency)] = text
		}
	}
	return j
}
