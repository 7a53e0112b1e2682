package api

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

type modelSpend struct {
	Name      string       `json:"modelName"`
	UnitType  string       `json:"unitType"`
	Type      *string      `json:"modelType"`
	USD       number       `json:"totalUsd"`
	DIEM      number       `json:"totalDiem"`
	Units     number       `json:"totalUnits"`
	Breakdown []tokenSpend `json:"breakdown,omitempty"`
}

type tokenSpend struct {
	Type  string `json:"type"`
	USD   number `json:"usd"`
	DIEM  number `json:"diem"`
	Units number `json:"units"`
}

// A modelTally adds up spend by model. One that is charged in several units has a
// row for each, since those cannot be added.
type modelTally map[modelKey]*modelTotal

type modelKey struct {
	name string
	unit venice.Unit
}

type modelTotal struct {
	spend
	tokens tally[string] // by type of token
}

func (t modelTally) add(model string, sum ledger.Sum, s spend) {
	key := modelKey{model, sum.Unit}
	if t[key] == nil {
		t[key] = &modelTotal{tokens: tally[string]{}}
	}
	t[key].add(s)
	if sum.Unit == venice.MillionTokens {
		t[key].tokens.add(tokenType(sum.Meter), s)
	}
}

// rows are the models, the highest spend first.
func (t modelTally) rows() []modelSpend {
	keys := make([]modelKey, 0, len(t))
	for key := range t {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b modelKey) int {
		return cmp.Or(t[b].both().Cmp(t[a].both()), cmp.Compare(a.name, b.name), cmp.Compare(a.unit, b.unit))
	})
	rows := make([]modelSpend, 0, len(keys))
	for _, key := range keys {
		total := t[key]
		row := modelSpend{Name: key.name, USD: number{total.usd}, DIEM: number{total.diem}, Units: number{total.units}}
		row.UnitType, row.Type = kindOf(key)
		if len(total.tokens) > 1 {
			row.Breakdown = total.breakdown()
		}
		rows = append(rows, row)
	}
	return rows
}

// kindOf are the unit type and the model type in Venice's words. Which units it
// names for video and sound is not documented.
func kindOf(key modelKey) (unitType string, modelType *string) {
	switch key.unit {
	case venice.MillionTokens:
		if strings.HasPrefix(strings.ToLower(key.name), "text-embedding-") {
			return "tokens", nil
		}
		return "tokens", new("LLM")
	case venice.Images:
		return "images", new("IMAGE")
	case venice.Videos:
		return "seconds", new("VIDEO")
	case venice.Tracks:
		return "minutes", nil
	}
	return "units", nil
}

// tokenTypes are Venice's, in its order.
var tokenTypes = []string{"Input", "Output", "Cache Read", "Cache Write"}

func tokenType(meter string) string {
	switch plain := strings.TrimPrefix(meter, "extended-"); {
	case plain == "input":
		return "Input"
	case plain == "output":
		return "Output"
	case plain == "cache-input":
		return "Cache Read"
	case strings.HasPrefix(plain, "cache-write"):
		return "Cache Write"
	}
	return meter
}

func (m *modelTotal) breakdown() []tokenSpend {
	var parts []tokenSpend
	for name, s := range m.tokens {
		parts = append(parts, tokenSpend{name, number{s.usd}, number{s.diem}, number{s.units}})
	}
	place := func(name string) int {
		if i := slices.Index(tokenTypes, name); i >= 0 {
			return i
		}
		return len(tokenTypes)
	}
	slices.SortFunc(parts, func(a, b tokenSpend) int {
		return cmp.Or(cmp.Compare(place(a.Type), place(b.Type)), cmp.Compare(a.Type, b.Type))
	})
	return parts
}
