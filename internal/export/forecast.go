package export

import (
	"time"

	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// A Forecast is how JSON spells a forecast.
type Forecast struct {
	Zone     string        `json:"zone" jsonschema:"the time zone where the day and the month begin"`
	AsOf     *string       `json:"asOf" jsonschema:"where the books end and the forecast begins; null where nothing is known"`
	Method   report.Method `json:"method"`
	Words    string        `json:"methodInWords" jsonschema:"how what is expected is reckoned"`
	Level    string        `json:"level" jsonschema:"by how much the last seven days were above the profile of the past"`
	Outlooks []Outlook     `json:"periods" jsonschema:"the DIEM epoch (UTC day), the day and the month that now is in"`
	Burns    []Burn        `json:"burn" jsonschema:"how fast money went in the last hour, day and week up to asOf"`
	RunOuts  []RunOut      `json:"runOut" jsonschema:"when DIEM is used up, by account"`
	Complete bool          `json:"complete"`
	Coverage []Coverage    `json:"coverage"`
}

// An Outlook is what is spent in a period, and what will be at its end.
type Outlook struct {
	Period     string             `json:"period" jsonschema:"epoch, day or month"`
	Window     Window             `json:"window"`
	Unknown    *string            `json:"unknown" jsonschema:"why nothing is said about the period; else null"`
	NoForecast *string            `json:"noForecast" jsonschema:"why there is no forecast; else null"`
	NoRange    *string            `json:"noRange" jsonschema:"why low and high are null; else null"`
	Replays    int                `json:"replays" jsonschema:"how many past days the range comes from"`
	Dollars    Estimate           `json:"dollars" jsonschema:"in dollar equivalents"`
	Currencies []CurrencyEstimate `json:"currencies"`
	Unpriced   []venice.Currency  `json:"unpriced" jsonschema:"currencies that dollars leaves out"`
}

// An Estimate is what was spent and what is expected; nil is unknown.
type Estimate struct {
	Spent    *string `json:"spent" jsonschema:"up to asOf, exactly"`
	Expected *string `json:"expected" jsonschema:"after asOf, until the period ends"`
	Total    *string `json:"total" jsonschema:"spent and expected together"`
	Low      *string `json:"low" jsonschema:"the total that 10 of 100 replayed days stayed below"`
	High     *string `json:"high" jsonschema:"the total that 90 of 100 replayed days stayed below"`
}

// A CurrencyEstimate is the estimate in one currency.
type CurrencyEstimate struct {
	Currency venice.Currency `json:"currency"`
	Estimate
}

// A Burn is how fast money went in a span of time.
type Burn struct {
	Hours        int               `json:"hours"`
	Window       Window            `json:"window"`
	Known        bool              `json:"known" jsonschema:"whether all of the window is in the books; if not, spend is only what is known"`
	Earlier      Window            `json:"earlier" jsonschema:"the span of the same length before"`
	EarlierKnown bool              `json:"earlierKnown" jsonschema:"whether all of earlier is in the books"`
	Dollars      Rate              `json:"dollars" jsonschema:"in dollar equivalents"`
	Currencies   []CurrencyRate    `json:"currencies"`
	Unpriced     []venice.Currency `json:"unpriced" jsonschema:"currencies that dollars leaves out"`
}

// A Rate is what was spent in a span of time, and in the one before.
type Rate struct {
	Spend   string  `json:"spend"`
	Earlier string  `json:"earlierSpend" jsonschema:"what was spent in the span before"`
	PerHour *string `json:"perHour" jsonschema:"null where the window is not known"`
	Change  *string `json:"changePercent" jsonschema:"against the span before; null where that is not known or had no spend"`
}

// A CurrencyRate is the rate in one currency.
type CurrencyRate struct {
	Currency venice.Currency `json:"currency"`
	Rate
}

// A RunOut is when an account's DIEM is used up.
type RunOut struct {
	Account     string     `json:"account"`
	Balance     *string    `json:"balance" jsonschema:"the newest DIEM balance; null without one"`
	BalanceAt   *string    `json:"balanceAt"`
	Left        *string    `json:"left" jsonschema:"what is left of it at the instant from, after what the books know was spent since"`
	From        *string    `json:"from"`
	Resets      *string    `json:"resets" jsonschema:"when DIEM refills"`
	Forecast    Exhaustion `json:"forecast" jsonschema:"if the spend goes on as the past tells"`
	PresentRate Exhaustion `json:"presentRate" jsonschema:"if DIEM goes on as in the last hour"`
}

// An Exhaustion says whether DIEM runs out, and when.
type Exhaustion struct {
	Verdict report.Verdict `json:"verdict" jsonschema:"runs-out, not-before-reset, is-out or unknown"`
	At      *string        `json:"at" jsonschema:"when DIEM runs out; null unless the verdict is runs-out"`
	Why     *string        `json:"why" jsonschema:"why it is unknown; else null"`
	PerHour *string        `json:"perHour" jsonschema:"the DIEM by the hour that is reckoned with"`
}

// NewForecast spells a forecast.
func NewForecast(f *report.Forecast) Forecast {
	j := Forecast{
		Zone: f.Zone.String(), AsOf: Instant(f.AsOf), Method: f.Method, Words: f.Words(), Level: f.Level.Round(6).String(),
		Outlooks: make([]Outlook, len(f.Outlooks)), Burns: make([]Burn, len(f.Burns)), RunOuts: make([]RunOut, len(f.RunOuts)),
		Complete: f.Complete, Coverage: NewCoverage(f.Coverage),
	}
	for i, o := range f.Outlooks {
		j.Outlooks[i] = Outlook{
			Period: o.Period, Window: NewWindow(o.Window), Unknown: notEmpty(o.Unknown), NoForecast: notEmpty(o.NoForecast),
			NoRange: notEmpty(o.NoRange), Replays: o.Replays, Dollars: newEstimate(o.Dollars),
			Currencies: make([]CurrencyEstimate, len(o.Currencies)), Unpriced: append([]venice.Currency{}, o.Unpriced...),
		}
		if o.Unknown != "" {
			j.Outlooks[i].Dollars.Spent = nil
		}
		for k, c := range o.Currencies {
			j.Outlooks[i].Currencies[k] = CurrencyEstimate{c.Currency, newEstimate(c.Estimate)}
		}
	}
	for i, b := range f.Burns {
		j.Burns[i] = Burn{
			Hours: int(b.Span / time.Hour), Window: NewWindow(b.Window), Known: b.Known,
			Earlier: NewWindow(b.Earlier), EarlierKnown: b.EarlierKnown, Dollars: newRate(b.Dollars),
			Currencies: make([]CurrencyRate, len(b.Currencies)), Unpriced: append([]venice.Currency{}, b.Unpriced...),
		}
		for k, c := range b.Currencies {
			j.Burns[i].Currencies[k] = CurrencyRate{c.Currency, newRate(c.Rate)}
		}
	}
	for i, r := range f.RunOuts {
		j.RunOuts[i] = RunOut{
			Account: r.Account, Balance: Digits(r.Balance), BalanceAt: Instant(r.BalanceAt), Left: Digits(r.Left), From: Instant(r.From),
			Resets: Instant(r.Resets), Forecast: newExhaustion(r.Forecast), PresentRate: newExhaustion(r.PresentRate),
		}
	}
	return j
}

func newEstimate(e report.Estimate) Estimate {
	return Estimate{new(e.Spent.String()), Digits(e.Expected), Digits(e.Total), Digits(e.Low), Digits(e.High)}
}

func newRate(r report.Rate) Rate {
	return Rate{r.Spend.String(), r.Earlier.String(), Digits(r.PerHour), Digits(r.Change)}
}

func newExhaustion(e report.Exhaustion) Exhaustion {
	return Exhaustion{e.Verdict, Instant(e.At.Truncate(time.Millisecond)), notEmpty(e.Why), Digits(e.PerHour)}
}
