package cli

import (
	"errors"
	"io"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/venice"
)

func (a app) analyticsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "analytics",
		Short: "Venice's own sums: by day, model and key",
		Long: `Spend summed up by Venice over whole UTC days, at most the last 90: by day, by
model, by API key. Without flags, the last 7 days. --since and --until are days,
both included; without --until, up to today.

` + analyticsNote,
		Example: `  ducat analytics --lookback 30d
  ducat analytics --since 2026-01-01 --until 2026-01-31
  ducat analytics -o json | jq -r '.byKey[] | [.description, .totalUsd] | @tsv'`,
		Args: noArgs,
	}
	var lookback string
	since, until := instant{parse: parseDay}, instant{parse: parseDay}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&lookback, "lookback", "", "the last days, 1d to 90d (default 7d)")
	flags.Var(&since, "since", "the first day: 2026-01-01")
	flags.Var(&until, "until", "the last day: 2026-01-31")
	output := outputFlag(cmd, formatTable, formatJSON)
	conn := connectionFlags(cmd)

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case lookback != "" && !(since.IsZero() && until.IsZero()):
			return wrongUsage(errors.New("--lookback and --since or --until exclude each other"), cmd.CommandPath())
		case since.IsZero() && !until.IsZero():
			return wrongUsage(errors.New("--until needs --since"), cmd.CommandPath())
		case until.IsZero() && !since.IsZero():
			until.Time = day(a.now())
		}
		if until.Before(since.Time) {
			return wrongUsage(errors.New("--until must not be earlier than --since"), cmd.CommandPath())
		}
		client, err := a.client(conn)
		if err != nil {
			return err
		}
		sums, err := client.Billing.GetUsageAnalytics(cmd.Context(), venice.UsageAnalyticsParams{
			Lookback: lookback, StartDate: since.Time, EndDate: until.Time,
		})
		if err != nil {
			return err
		}
		if output.value == formatJSON {
			return writeJSON(a.out, "  ", newAnalyticsJSON(sums))
		}
		_, err = io.WriteString(a.out, analyticsTables(a.out, sums))
		return err
	}
	return cmd
}

// analyticsJSON is the contract of 'analytics -o json'.
type analyticsJSON struct {
	Lookback        string           `json:"lookback"`
	ByDate          []dateSpendJSON  `json:"byDate"`
	ByModel         []modelSpendJSON `json:"byModel"`
	ByModelDaily    []dailyJSON      `json:"byModelDaily"`
	ByModelDailyUSD []dailyJSON      `json:"byModelDailyUsd"`
	TopModels       []string         `json:"topModels"`
	ByKey           []keySpendJSON   `json:"byKey"`
	ByKeyDaily      []dailyJSON      `json:"byKeyDaily"`
	ByKeyDailyUSD   []dailyJSON      `json:"byKeyDailyUsd"`
	TopKeyNames     []string         `json:"topKeyNames"`
}

type dateSpendJSON struct {
	Date string          `json:"date"`
	USD  decimal.Decimal `json:"usd"`
	DIEM decimal.Decimal `json:"diem"`
}

type modelSpendJSON struct {
	ModelName  string           `json:"modelName"`
	ModelType  *string          `json:"modelType"`
	UnitType   string           `json:"unitType"`
	TotalUSD   decimal.Decimal  `json:"totalUsd"`
	TotalDIEM  decimal.Decimal  `json:"totalDiem"`
	TotalUnits decimal.Decimal  `json:"totalUnits"`
	Breakdown  []tokenSpendJSON `json:"breakdown"`
}

type tokenSpendJSON struct {
	Type  string          `json:"type"`
	USD   decimal.Decimal `json:"usd"`
	DIEM  decimal.Decimal `json:"diem"`
	Units decimal.Decimal `json:"units"`
}

type keySpendJSON struct {
	APIKeyID    *string         `json:"apiKeyId"`
	Description string          `json:"description"`
	TotalUSD    decimal.Decimal `json:"totalUsd"`
	TotalDIEM   decimal.Decimal `json:"totalDiem"`
	TotalUnits  decimal.Decimal `json:"totalUnits"`
}

type dailyJSON struct {
	Date  string                     `json:"date"`
	Spend map[string]decimal.Decimal `json:"spend"`
}

func newAnalyticsJSON(u *venice.UsageAnalytics) analyticsJSON {
	j := analyticsJSON{
		Lookback:        u.Lookback,
		ByDate:          make([]dateSpendJSON, len(u.ByDate)),
		ByModel:         make([]modelSpendJSON, len(u.ByModel)),
		ByModelDaily:    newDailyJSON(u.ByModelDaily),
		ByModelDailyUSD: newDailyJSON(u.ByModelDailyUSD),
		TopModels:       append([]string{}, u.TopModels...),
		ByKey:           make([]keySpendJSON, len(u.ByKey)),
		ByKeyDaily:      newDailyJSON(u.ByKeyDaily),
		ByKeyDailyUSD:   newDailyJSON(u.ByKeyDailyUSD),
		TopKeyNames:     append([]string{}, u.TopKeyNames...),
	}
	for i, d := range u.ByDate {
		j.ByDate[i] = dateSpendJSON{d.Date.Format(time.DateOnly), d.USD, d.DIEM}
	}
	for i, m := range u.ByModel {
		breakdown := make([]tokenSpendJSON, len(m.Breakdown))
		for k, t := range m.Breakdown {
			breakdown[k] = tokenSpendJSON(t)
		}
		j.ByModel[i] = modelSpendJSON{m.ModelName, notEmpty(m.ModelType), m.UnitType,
			m.TotalUSD, m.TotalDIEM, m.TotalUnits, breakdown}
	}
	for i, k := range u.ByKey {
		j.ByKey[i] = keySpendJSON{notEmpty(k.APIKeyID), k.Description, k.TotalUSD, k.TotalDIEM, k.TotalUnits}
	}
	return j
}

// newDailyJSON keeps nil, JSON's null, for a list that Venice did not send.
func newDailyJSON(days []venice.DailySpend) []dailyJSON {
	if days == nil {
		return nil
	}
	list := make([]dailyJSON, len(days))
	for i, d := range days {
		list[i] = dailyJSON{d.Date.Format(time.DateOnly), d.Spend}
		if d.Spend == nil {
			list[i].Spend = map[string]decimal.Decimal{}
		}
	}
	return list
}
