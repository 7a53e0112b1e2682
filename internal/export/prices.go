package export

import (
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// Prices are how JSON spells what each SKU cost over time.
type Prices struct {
	Window   Window         `json:"window"`
	SKUs     []PriceHistory `json:"skus"`
	Complete bool           `json:"complete"`
	Coverage []Coverage     `json:"coverage"`
}

// A PriceHistory is what one SKU cost over time.
type PriceHistory struct {
	SKU   string      `json:"sku"`
	Model string      `json:"model"`
	Meter string      `json:"meter"`
	Unit  venice.Unit `json:"unit"`
	Steps []PriceStep `json:"steps" jsonschema:"in the order of time"`
}

// A PriceStep is a time during which a SKU had a price, or several.
type PriceStep struct {
	First  string      `json:"first" jsonschema:"the first entry at this price"`
	Last   string      `json:"last" jsonschema:"the last entry at this price"`
	Prices []StepPrice `json:"prices" jsonschema:"more than one where several were charged in turn within the same time"`
	Change *string     `json:"changePercent" jsonschema:"against the step before; null for the first and where either has several prices"`
}

// A StepPrice is one price of a step.
type StepPrice struct {
	Price   string `json:"pricePerUnitUsd" jsonschema:"as Venice billed it, whatever currency was paid"`
	Entries int64  `json:"entries"`
}

// NewPrices spells prices.
func NewPrices(p *report.Prices) Prices {
	j := Prices{Window: NewWindow(p.Window), SKUs: make([]PriceHistory, len(p.SKUs)), Complete: p.Complete, Coverage: NewCoverage(p.Coverage)}
	for i, h := range p.SKUs {
		j.SKUs[i] = PriceHistory{h.SKU, h.Parts.Model, h.Parts.Meter, h.Parts.Unit, make([]PriceStep, len(h.Steps))}
		for k, step := range h.Steps {
			s := PriceStep{*Instant(step.First), *Instant(step.Last), make([]StepPrice, len(step.Prices)), Digits(step.Change)}
			for n, price := range step.Prices {
				s.Prices[n] = StepPrice{price.Price.String(), price.Entries}
			}
			j.SKUs[i].Steps[k] = s
		}
	}
	return j
}
