package mcp

import (
	"context"
	"fmt"
	"strings"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/report"
)

type forecastQuestion struct {
	Zone string `json:"zone,omitempty" jsonschema:"where the day and the month begin: an IANA name such as Europe/Berlin; by default UTC"`
	filter
}

type forecast struct {
	Zone           string           `json:"zone"`
	AsOf           *string          `json:"asOf" jsonschema:"where the books end and the forecast begins; null where nothing is known"`
	Method         string           `json:"methodInWords" jsonschema:"how what is expected is reckoned"`
	Outlooks       []export.Outlook `json:"periods" jsonschema:"the DIEM epoch (UTC day), the day and the month that now is in"`
	Burns          []export.Burn    `json:"burn" jsonschema:"how fast money went in the last hour, day and week up to asOf"`
	RunOuts        []export.RunOut  `json:"runOut" jsonschema:"when DIEM is used up, by account: of the whole account, whatever models and currencies choose"`
	RunOutsOmitted int              `json:"runOutOmitted" jsonschema:"how many further accounts runOut leaves out: it lists those first where DIEM ends first"`
	known
}

func (s *server) addForecast() error {
	return add(s, tool{"forecast", "When DIEM runs out, what will be spent",
		"Burn rates, the expected spend until the end of the DIEM epoch, the day and the month, with a range that 80 of 100 replayed days fell into, and when DIEM runs out. " +
			"The same as 'ducat forecast'. It is an estimate from the account's own past: say so, and give the range with it."}, s.forecast)
}

func (s *server) forecast(ctx context.Context, asked forecastQuestion) (forecast, error) {
	q, err := s.question(ctx, span{Since: "all", Zone: asked.Zone}, asked.filter)
	if err != nil {
		return forecast{}, err
	}
	f, err := report.Foresee(ctx, s.Books, report.Scope{Accounts: q.Accounts, Models: q.Models, Currencies: q.Currencies, Zone: q.Zone, Now: q.Now})
	if err != nil {
		return forecast{}, err
	}
	var omitted int
	f.RunOuts, omitted = report.Neediest(f.RunOuts, maxAccounts, report.ByRunOut)
	form := export.NewForecast(f)
	return forecast{
		Zone: form.Zone, AsOf: form.AsOf, Method: form.Words,
		Outlooks: form.Outlooks, Burns: form.Burns, RunOuts: form.RunOuts, RunOutsOmitted: omitted,
		known: newKnown(f.Complete, f.Coverage),
	}, nil
}

func (f forecast) text() string {
	var t strings.Builder
	t.WriteString(f.line())
	fmt.Fprintf(&t, "Method: %s.\n", f.Method)
	for _, r := range f.RunOuts {
		fmt.Fprintf(&t, "DIEM of %s: left %s; by the forecast %s; at the last hour's rate %s.\n", r.Account, orUnknown(r.Left),
			exhaustionText(r.Forecast), exhaustionText(r.PresentRate))
	}
	if f.RunOutsOmitted > 0 {
		fmt.Fprintf(&t, "DIEM of %d more accounts ends later, or it is unknown when.\n", f.RunOutsOmitted)
	}
	for _, o := range f.Outlooks {
		fmt.Fprintf(&t, "%s, %s: ", o.Period, o.Window)
		if o.Unknown != nil {
			fmt.Fprintf(&t, "unknown: %s.\n", *o.Unknown)
			continue
		}
		fmt.Fprintf(&t, "dollar equivalent %s\n", estimateText(o.Dollars))
		for _, c := range o.Currencies {
			fmt.Fprintf(&t, "  %s %s\n", c.Currency, estimateText(c.Estimate))
		}
		for _, why := range []*string{o.NoForecast, o.NoRange} {
			if why != nil {
				fmt.Fprintf(&t, "  (%s)\n", *why)
			}
		}
	}
	for _, b := range f.Burns {
		fmt.Fprintf(&t, "last %d h, %s: spend in dollar equivalent %s, %s an hour\n", b.Hours, b.Window, b.Dollars.Spend, orUnknown(b.Dollars.PerHour))
		for _, c := range b.Currencies {
			fmt.Fprintf(&t, "  %s %s, %s an hour\n", c.Currency, c.Spend, orUnknown(c.PerHour))
		}
	}
	return t.String()
}

func exhaustionText(e export.Exhaustion) string {
	switch {
	case e.At != nil:
		return "it runs out at " + *e.At
	case e.Why != nil:
		return "unknown: " + *e.Why
	}
	return string(e.Verdict)
}

func estimateText(e export.Estimate) string {
	return fmt.Sprintf("spent %s, expected %s, total %s, range %s to %s", orUnknown(e.Spent),
		orUnknown(e.Expected), orUnknown(e.Total), orUnknown(e.Low), orUnknown(e.High))
}

func orUnknown(s *string) string {
	if s == nil {
		return "unknown"
	}
	return *s
}
