package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
)

// A row is an entry as the tests decode it, with nothing of the code under test.
type row struct {
	time               time.Time
	sku, notes         string
	price, units       *big.Rat
	amount             *big.Rat
	currency           string
	requestID          string
	ms, prompt, answer string // "" is null
}

// key is equal for equal rows. In CSV a row without details is not told from
// one with empty details.
func (r row) key() string {
	return fmt.Sprintf("%d|%q|%s|%s|%s|%q|%q|%q|%s|%s|%s", r.time.UnixNano(), r.sku, r.price.RatString(),
		r.units.RatString(), r.amount.RatString(), r.currency, r.notes, r.requestID, r.ms, r.prompt, r.answer)
}

func sortedKeys(rows []row) []string {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = r.key()
	}
	slices.Sort(keys)
	return keys
}

// sumsText is the sum of the amounts of each currency.
func sumsText(rows []row) string {
	sums := map[string]*big.Rat{}
	for _, r := range rows {
		if sums[r.currency] == nil {
			sums[r.currency] = new(big.Rat)
		}
		sums[r.currency].Add(sums[r.currency], r.amount)
	}
	var s strings.Builder
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(&s, "%s=%s ", currency, sums[currency].RatString())
	}
	return s.String()
}

// jsonRow takes Venice's rows, with numbers, and ours, with strings.
type jsonRow struct {
	Account          string          `json:"account"` // of the books' exports
	Timestamp        time.Time       `json:"timestamp"`
	SKU              string          `json:"sku"`
	PricePerUnitUSD  json.RawMessage `json:"pricePerUnitUsd"`
	Units            json.RawMessage `json:"units"`
	Amount           json.RawMessage `json:"amount"`
	Currency         string          `json:"currency"`
	Notes            string          `json:"notes"`
	InferenceDetails *struct {
		RequestID              string       `json:"requestId"`
		InferenceExecutionTime *json.Number `json:"inferenceExecutionTime"`
		PromptTokens           *json.Number `json:"promptTokens"`
		CompletionTokens       *json.Number `json:"completionTokens"`
	} `json:"inferenceDetails"`
}

func (j jsonRow) row() (row, error) {
	r := row{time: j.Timestamp, sku: j.SKU, currency: j.Currency, notes: j.Notes}
	if d := j.InferenceDetails; d != nil {
		r.requestID = d.RequestID
		r.ms, r.prompt, r.answer = countText(d.InferenceExecutionTime), countText(d.PromptTokens), countText(d.CompletionTokens)
	}
	var errs [3]error
	r.price, errs[0] = rat(string(j.PricePerUnitUSD))
	r.units, errs[1] = rat(string(j.Units))
	r.amount, errs[2] = rat(string(j.Amount))
	return r, errors.Join(errs[:]...)
}

func countText(n *json.Number) string {
	if n == nil {
		return ""
	}
	return n.String()
}

func rat(text string) (*big.Rat, error) {
	r, ok := new(big.Rat).SetString(strings.Trim(text, `"`))
	if !ok {
		return nil, fmt.Errorf("%q is no number", text)
	}
	return r, nil
}

// readNDJSONRows wants a whole object on every line.
func readNDJSONRows(r io.Reader) ([]row, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return nil, errors.New("the last line is cut")
	}
	var rows []row
	for line := range bytes.Lines(text) {
		var j jsonRow
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&j); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(rows)+1, err)
		}
		row, err := j.row()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(rows)+1, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func readCSVRows(r io.Reader) ([]row, error) {
	records, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	const header = "timestamp,sku,pricePerUnitUsd,units,amount,currency,notes,inferenceDetails.requestId," +
		"inferenceDetails.inferenceExecutionTime,inferenceDetails.promptTokens,inferenceDetails.completionTokens"
	if len(records) == 0 || strings.Join(records[0], ",") != header {
		return nil, errors.New("not the header")
	}
	var rows []row
	for _, f := range records[1:] {
		r := row{sku: f[1], currency: f[5], notes: f[6], requestID: f[7], ms: f[8], prompt: f[9], answer: f[10]}
		var errs [4]error
		r.time, errs[0] = time.Parse(time.RFC3339Nano, f[0])
		r.price, errs[1] = rat(f[2])
		r.units, errs[2] = rat(f[3])
		r.amount, errs[3] = rat(f[4])
		if err := errors.Join(errs[:]...); err != nil {
			return nil, fmt.Errorf("record %d: %w", len(rows)+1, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}
