package cli

import (
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// forecastJSON is the contract of 'forecast -o json'.
type forecastJSON struct {
	Zone     string            `json:"zone"`
	AsOf     *string           `json:"asOf"`
	Method   report.Method     `json:"method"`
	Words    string            `json:"methodInWords"`
	Level    string            `json:"level"`
	Outlooks []outlookJSON     `json:"periods"`
	Burns    []burnJSON        `json:"burn"`
	RunOuts  []runOutJSON      `json:"runOut"`
	Complete bool              `json:"complete"`
	Coverage []export.Coverage `json:"coverage"`
}

type outlookJSON struct {
	Period     string                 `json:"period"`
	Window     export.Window          `json:"window"`
	Unknown    *string                `json:"unknown"`
	NoForecast *string                `json:"noForecast"`
	NoRange    *string                `json:"noRange"`
	Replays    int                    `json:"replays"`
	Dollars    estimateJSON           `json:"dollars"`
	Currencies []currencyEstimateJSON `json:"currencies"`
	Unpriced   []venice.Currency      `json:"unpriced"`
}

type estimateJSON struct {
	Spent    *string `json:"spent"`
	Expected *string `json:"expected"`
	Total    *string `json:"total"`
	Low      *string `json:"low"`
	High     *string `json:"high"`
}

type currencyEstimateJSON struct {
	Currency venice.Currency `json:"currency"`
	estimateJSON
}

type burnJSON struct {
	Hours        int                `json:"hours"`
	Window       export.Window      `json:"window"`
	Known        bool               `json:"known"`
	Earlier      export.Window      `json:"earlier"`
	EarlierKnown bool               `json:"earlierKnown"`
	Dollars      rateJSON           `json:"dollars"`
	Currencies   []currencyRateJSON `json:"currencies"`
	Unpriced     []venice.Currency  `json:"unpriced"`
}

type rateJSON struct {
	Spend   string  `json:"spend"`
	Earlier string  `json:"earlierSpend"`
	PerHour *string `json:"perHour"`
	Change  *string `json:"changePercent"`
}

type currencyRateJSON struct {
	Currency venice.Currency `json:"currency"`
	rateJSON
}

type runOutJSON struct {
	Account     string         `json:"account"`
	Balance     *string        `json:"balance"`
	BalanceAt   *string        `json:"balanceAt"`
	Left        *string        `json:"left"`
	From        *string        `json:"from"`
	Resets      *string        `json:"resets"`
	Forecast    exhaustionJSON `json:"forecast"`
	PresentRate exhaustionJSON `json:"presentRate"`
}

type exhaustionJSON struct {
	Verdict report.Verdict `json:"verdict"`
	At      *string        `json:"at"`
	Why     *string        `json:"why"`
	PerHour *string        `json:"perHour"`
}

func newForecastJSON(f *report.Forecast) forecastJSON {
	j := forecastJSON{
		Zone: f.Zone.String(), AsOf: export.Instant(f.AsOf), Method: f.Method, Words: f.Words(), Level: f.Level.Round(6).String(),
		Outlooks: make([]outlookJSON, len(f.Outlooks)), Burns: make([]burnJSON, len(f.Burns)), RunOuts: make([]runOutJSON, len(f.RunOuts)),
		Complete: f.Complete, Coverage: export.NewCoverage(f.Coverage),
	}
	for i, o := range f.Outlooks {
		j.Outlooks[i] = outlookJSON{
			Period: o.Period, Window: export.NewWindow(o.Window), Unknown: notEmpty(o.Unknown), NoForecast: notEmpty(o.NoForecast),
			NoRange: notEmpty(o.NoRange), Replays: o.Replays, Dollars: newEstimateJSON(o.Dollars),
			Currencies: make([]currencyEstimateJSON, len(o.Currencies)), Unpriced: append([]venice.Currency{}, o.Unpriced...),
		}
		if o.Unknown != "" {
			j.Outlooks[i].Dollars.Spent = nil
		}
		for k, c := range o.Currencies {
			j.Outlooks[i].Currencies[k] = currencyEstimateJSON{c.Currency, newEstimateJSON(c.Estimate)}
		}
	}
	for i, b := range f.Burns {
		j.Burns[i] = burnJSON{
			Hours: int(b.Span / time.Hour), Window: export.NewWindow(b.Window), Known: b.Known,
			Earlier: export.NewWindow(b.Earlier), EarlierKnown: b.EarlierKnown, Dollars: newRateJSON(b.Dollars),
			Currencies: make([]currencyRateJSON, len(b.Currencies)), Unpriced: append([]venice.Currency{}, b.Unpriced...),
		}
		for k, c := range b.Currencies {
			j.Burns[i].Currencies[k] = currencyRateJSON{c.Currency, newRateJSON(c.Rate)}
		}
	}
	for i, r := range f.RunOuts {
		j.RunOuts[i] = runOutJSON{
			Account: r.Account, Balance: digits(r.Balance), BalanceAt: export.Instant(r.BalanceAt), Left: digits(r.Left), From: export.Instant(r.From),
			Resets: export.Instant(r.Resets), Forecast: newExhaustionJSON(r.Forecast), PresentRate: newExhaustionJSON(r.PresentRate),
		}
	}
	return j
}

func newEstimateJSON(e report.Estimate) estimateJSON {
	return estimateJSON{new(e.Spent.String()), digits(e.Expected), digits(e.Total), digits(e.Low), digits(e.High)}
}

func newRateJSON(r report.Rate) rateJSON {
	return rateJSON{r.Spend.String(), r.Earlier.String(), digits(r.PerHour), digits(r.Change)}
}

func newExhaustionJSON(e report.Exhaustion) exhaustionJSON {
	return exhaustionJSON{e.Verdict, export.Instant(e.At.Truncate(time.Millisecond)), notEmpty(e.Why), digits(e.PerHour)}
}
