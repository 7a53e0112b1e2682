package venice

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// wireEntry is an entry as it comes. json.Number takes numbers and numbers as
// strings alike, and keeps every digit.
type wireEntry struct {
	Timestamp        string       `json:"timestamp"`
	SKU              string       `json:"sku"`
	PricePerUnitUSD  json.Number  `json:"pricePerUnitUsd"`
	Units            json.Number  `json:"units"`
	Amount           json.Number  `json:"amount"`
	Currency         string       `json:"currency"`
	Notes            string       `json:"notes"`
	InferenceDetails *wireDetails `json:"inferenceDetails"`
}

type wireDetails struct {
	RequestID              string      `json:"requestId"`
	InferenceExecutionTime json.Number `json:"inferenceExecutionTime"`
	PromptTokens           json.Number `json:"promptTokens"`
	CompletionTokens       json.Number `json:"completionTokens"`
}

// UnmarshalJSON reads an entry as Venice sends it, without losing a digit.
// Numbers may also be strings; unknown fields are ignored.
func (e *UsageEntry) UnmarshalJSON(text []byte) error {
	var w wireEntry
	if err := json.Unmarshal(text, &w); err != nil {
		return fieldError(err)
	}
	return w.entry(e)
}

// entry reads w into e. An error names the field and its value.
func (w *wireEntry) entry(e *UsageEntry) error {
	*e = UsageEntry{SKU: w.SKU, Currency: Currency(w.Currency), Notes: w.Notes}
	if w.SKU == "" {
		return errors.New("sku is missing")
	}
	if w.Currency == "" {
		return errors.New("currency is missing")
	}
	var err error
	if e.Timestamp, err = parseTimestamp(w.Timestamp); err != nil {
		return badField("timestamp", w.Timestamp, err)
	}
	if e.PricePerUnitUSD, err = parseDecimal(string(w.PricePerUnitUSD)); err != nil {
		return badField("pricePerUnitUsd", string(w.PricePerUnitUSD), err)
	}
	if e.Units, err = parseDecimal(string(w.Units)); err != nil {
		return badField("units", string(w.Units), err)
	}
	if e.Amount, err = parseDecimal(string(w.Amount)); err != nil {
		return badField("amount", string(w.Amount), err)
	}
	if w.InferenceDetails != nil {
		e.InferenceDetails, err = w.InferenceDetails.details()
	}
	return err
}

func (w *wireDetails) details() (*InferenceDetails, error) {
	d := &InferenceDetails{RequestID: w.RequestID}
	for _, field := range []struct {
		name string
		text json.Number
		into **int64
	}{
		{"inferenceExecutionTime", w.InferenceExecutionTime, &d.InferenceExecutionTime},
		{"promptTokens", w.PromptTokens, &d.PromptTokens},
		{"completionTokens", w.CompletionTokens, &d.CompletionTokens},
	} {
		if field.text == "" {
			continue
		}
		n, err := parseCount(string(field.text))
		if err != nil {
			return nil, badField("inferenceDetails."+field.name, string(field.text), err)
		}
		*field.into = &n
	}
	return d, nil
}

func badField(name, value string, err error) error {
	if value == "" {
		return fmt.Errorf("%s is missing", name)
	}
	return fmt.Errorf("%s: %s: %w", name, excerpt(value), err)
}

// MarshalJSON writes the entry as Venice sends it: the same names in the same
// order, and numbers as JSON numbers with every digit.
func (e UsageEntry) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 400)
	b = append(b, `{"timestamp":"`...)
	b = append(b, formatTimestamp(e.Timestamp)...)
	b = append(b, `","sku":`...)
	b = appendString(b, e.SKU)
	b = append(b, `,"pricePerUnitUsd":`...)
	b = append(b, formatDecimal(e.PricePerUnitUSD)...)
	b = append(b, `,"units":`...)
	b = append(b, formatDecimal(e.Units)...)
	b = append(b, `,"amount":`...)
	b = append(b, formatDecimal(e.Amount)...)
	b = append(b, `,"currency":`...)
	b = appendString(b, string(e.Currency))
	b = append(b, `,"notes":`...)
	b = appendString(b, e.Notes)
	b = append(b, `,"inferenceDetails":`...)
	if d := e.InferenceDetails; d != nil {
		b = append(b, `{"requestId":`...)
		b = appendString(b, d.RequestID)
		b = append(b, `,"inferenceExecutionTime":`...)
		b = appendCount(b, d.InferenceExecutionTime)
		b = append(b, `,"promptTokens":`...)
		b = appendCount(b, d.PromptTokens)
		b = append(b, `,"completionTokens":`...)
		b = appendCount(b, d.CompletionTokens)
		return append(b, "}}"...), nil
	}
	return append(b, "null}"...), nil
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	plain := func(c rune) bool { return c >= ' ' && c != '"' && c != '\\' && c < 0x7f }
	if strings.IndexFunc(s, func(c rune) bool { return !plain(c) }) < 0 {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	quoted, _ := json.Marshal(s) // a string cannot fail
	return append(b, quoted...)
}

func appendCount(b []byte, n *int64) []byte {
	if n == nil {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, *n, 10)
}
