package venice

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/shopspring/decimal"
)

// decodeUsageAnalytics reads the body of an answer. What is unknown is ignored,
// what is absent or null is zero, but a day without a date is an error, as is
// whatever has not the form that is expected. Meta is left to the caller.
func decodeUsageAnalytics(body []byte) (*UsageAnalytics, error) {
	var a UsageAnalytics
	w := newJSONWalk(bytes.NewReader(body))
	w.object(func(name string) {
		switch name {
		case "lookback":
			a.Lookback = w.text()
		case "byDate":
			a.ByDate = jsonArray(w, w.dateSpend)
		case "byModel":
			a.ByModel = jsonArray(w, w.modelSpend)
		case "byModelDaily":
			a.ByModelDaily = jsonArray(w, w.dailySpend)
		case "byModelDailyUsd":
			a.ByModelDailyUSD = jsonArray(w, w.dailySpend)
		case "topModels":
			a.TopModels = jsonArray(w, w.text)
		case "byKey":
			a.ByKey = jsonArray(w, w.keySpend)
		case "byKeyDaily":
			a.ByKeyDaily = jsonArray(w, w.dailySpend)
		case "byKeyDailyUsd":
			a.ByKeyDailyUSD = jsonArray(w, w.dailySpend)
		case "topKeyNames":
			a.TopKeyNames = jsonArray(w, w.text)
		default:
			w.skip()
		}
	})
	w.end()
	if w.err != nil {
		return nil, fmt.Errorf("usage analytics: %w", w.err)
	}
	return &a, nil
}

var errNoDate = errors.New("an object without a date")

func (w *jsonWalk) dateSpend() (spend DateSpend) {
	dated := false
	w.object(func(name string) {
		switch name {
		case "date":
			spend.Date, dated = w.day(), true
		case "USD":
			spend.USD = w.decimal()
		case "DIEM":
			spend.DIEM = w.decimal()
		default:
			w.skip()
		}
	})
	if !dated {
		w.fail(errNoDate)
	}
	return spend
}

func (w *jsonWalk) modelSpend() (spend ModelSpend) {
	w.object(func(name string) {
		switch name {
		case "modelName":
			spend.ModelName = w.text()
		case "unitType":
			spend.UnitType = w.text()
		case "modelType":
			spend.ModelType = w.text()
		case "totalUsd":
			spend.TotalUSD = w.decimal()
		case "totalDiem":
			spend.TotalDIEM = w.decimal()
		case "totalUnits":
			spend.TotalUnits = w.decimal()
		case "breakdown":
			spend.Breakdown = jsonArray(w, w.tokenSpend)
		default:
			w.skip()
		}
	})
	return spend
}

func (w *jsonWalk) tokenSpend() (spend TokenSpend) {
	w.object(func(name string) {
		switch name {
		case "type":
			spend.Type = w.text()
		case "usd":
			spend.USD = w.decimal()
		case "diem":
			spend.DIEM = w.decimal()
		case "units":
			spend.Units = w.decimal()
		default:
			w.skip()
		}
	})
	return spend
}

func (w *jsonWalk) keySpend() (spend KeySpend) {
	w.object(func(name string) {
		switch name {
		case "apiKeyId":
			spend.APIKeyID = w.text()
		case "description":
			spend.Description = w.text()
		case "totalUsd":
			spend.TotalUSD = w.decimal()
		case "totalDiem":
			spend.TotalDIEM = w.decimal()
		case "totalUnits":
			spend.TotalUnits = w.decimal()
		default:
			w.skip()
		}
	})
	return spend
}

// dailySpend reads a row of a chart. Its members are the date and then one for
// each model or key, whose names are anybody's choice: "date" is one of them
// where it occurs again. Amounts under one name are added, as different models
// can share a name.
func (w *jsonWalk) dailySpend() DailySpend {
	dated := false
	row := DailySpend{Spend: map[string]decimal.Decimal{}}
	w.object(func(name string) {
		if name == "date" && !dated {
			row.Date, dated = w.day(), true
			return
		}
		row.Spend[name] = row.Spend[name].Add(w.decimal())
	})
	if !dated {
		w.fail(errNoDate)
	}
	return row
}
