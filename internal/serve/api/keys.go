package api

import (
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// webApp is what Venice calls use that came through no key.
const webApp = "Web App"

type keySpend struct {
	ID    *string `json:"apiKeyId"`
	Name  string  `json:"description"`
	USD   number  `json:"totalUsd"`
	DIEM  number  `json:"totalDiem"`
	Units number  `json:"totalUnits"`
}

// A keyTally adds up Venice's totals by key of some days.
type keyTally struct {
	totals tally[string] // by key id
	names  map[string]string
	chart  chart
	whole  int // days that were over when their totals were read
}

func newKeyTally(days []ledger.KeyDay) keyTally {
	t := keyTally{totals: tally[string]{}, names: keyNames(days), chart: newChart()}
	for _, day := range days {
		if !day.ReadAt.Before(day.Day.AddDate(0, 0, 1)) {
			t.whole++
		}
		for _, key := range day.Keys {
			s := spend{key.TotalUSD, key.TotalDIEM, key.TotalUnits}
			t.totals.add(key.APIKeyID, s)
			t.chart.add(t.names[key.APIKeyID], day.Day.UTC().Format(time.DateOnly), s)
		}
	}
	return t
}

// keyNames are the names of the keys by id: the newest description of each, with
// the end of its id where Venice would show it.
func keyNames(days []ledger.KeyDay) map[string]string {
	names := map[string]string{}
	for _, day := range days { // oldest first
		for _, key := range day.Keys {
			names[key.APIKeyID] = key.Description
		}
	}
	uses := map[string]int{}
	for _, name := range names {
		uses[name]++
	}
	for id, name := range names {
		end := "..." + id[max(0, len(id)-6):]
		switch {
		case id == "":
			names[id] = webApp
		case name == "":
			names[id] = "Key " + end
		case uses[name] > 1:
			names[id] = name + " (" + end + ")"
		}
	}
	return names
}

// rows are the keys, the highest spend first.
func (t keyTally) rows() []keySpend {
	rows := make([]keySpend, 0, len(t.totals))
	for _, id := range t.totals.ranked() {
		s := t.totals.of(id)
		row := keySpend{Name: t.names[id], USD: number{s.usd}, DIEM: number{s.diem}, Units: number{s.units}}
		if id != "" {
			row.ID = &id
		}
		rows = append(rows, row)
	}
	return rows
}
