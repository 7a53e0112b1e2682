package venicetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Entry is one row of the usage ledger in the fields of the wire. Numbers are
// kept as the text that is sent, so that no digit is lost or invented.
type Entry struct {
	// Timestamp is when the charge was made. It is sent in UTC with millisecond
	// precision; what is finer is cut off.
	Timestamp time.Time
	// SKU names what was bought, for example zai-org-glm-5-2-llm-output-mtoken.
	SKU string
	// PricePerUnitUSD, Units and Amount are JSON numbers; "" is sent as 0. Token
	// SKUs count millions of tokens. Amount is signed: a debit is negative, a
	// purchase or a refund positive.
	PricePerUnitUSD, Units, Amount string
	// Currency is DIEM, EARNED_CREDITS, BUNDLED_CREDITS, USD, the legacy VCU, or
	// anything else to see how a client takes a currency it does not know.
	Currency string
	// Notes is "API Inference" for use through an API key.
	Notes string
	// InferenceDetails is nil (null on the wire) for rows that are not inference.
	InferenceDetails *InferenceDetails

	// KeyID is the API key that made the row, "" for the web app. The ledger never
	// tells it; the analytics route sums by it.
	KeyID string
	// Seq orders rows of one timestamp and names a row for Correct and Remove. The
	// server assigns it; what the caller sets is ignored.
	Seq uint64
}

// InferenceDetails describes the request that a row belongs to. All rows of one
// request repeat it. A nil number is sent as null.
type InferenceDetails struct {
	RequestID              string // the id of the inference response
	InferenceExecutionTime *int64 // milliseconds
	PromptTokens           *int64 // the whole prompt, cached tokens included
	CompletionTokens       *int64
}

func (d *InferenceDetails) clone() *InferenceDetails {
	if d == nil {
		return nil
	}
	c := *d
	for _, p := range []**int64{&c.InferenceExecutionTime, &c.PromptTokens, &c.CompletionTokens} {
		if *p != nil {
			*p = new(**p)
		}
	}
	return &c
}

// MarshalJSON gives the row exactly as the ledger routes send it: the eight
// fields of the wire, numbers with the digits of their text.
func (e Entry) MarshalJSON() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	var p printer
	return p.json(nil, newRow(e, newText)), nil
}

// UnmarshalJSON reads a row in the wire's form. It needs timestamp, sku, amount
// and currency, and also takes the hidden fields keyId and seq; it ignores
// fields that it does not know.
func (e *Entry) UnmarshalJSON(data []byte) error {
	var wire struct {
		Timestamp        *time.Time   `json:"timestamp"`
		SKU              *string      `json:"sku"`
		PricePerUnitUSD  json.Number  `json:"pricePerUnitUsd"`
		Units            json.Number  `json:"units"`
		Amount           *json.Number `json:"amount"`
		Currency         *string      `json:"currency"`
		Notes            string       `json:"notes"`
		InferenceDetails *struct {
			RequestID              string `json:"requestId"`
			InferenceExecutionTime *int64 `json:"inferenceExecutionTime"`
			PromptTokens           *int64 `json:"promptTokens"`
			CompletionTokens       *int64 `json:"completionTokens"`
		} `json:"inferenceDetails"`
		KeyID string `json:"keyId"`
		Seq   uint64 `json:"seq"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return fmt.Errorf("read ledger row: %w", err)
	}
	if wire.Timestamp == nil || wire.SKU == nil || wire.Amount == nil || wire.Currency == nil {
		return errors.New("read ledger row: timestamp, sku, amount and currency are required")
	}
	*e = Entry{
		Timestamp:       *wire.Timestamp,
		SKU:             *wire.SKU,
		PricePerUnitUSD: wire.PricePerUnitUSD.String(),
		Units:           wire.Units.String(),
		Amount:          wire.Amount.String(),
		Currency:        *wire.Currency,
		Notes:           wire.Notes,
		KeyID:           wire.KeyID,
		Seq:             wire.Seq,
	}
	if d := wire.InferenceDetails; d != nil {
		e.InferenceDetails = &InferenceDetails{d.RequestID, d.InferenceExecutionTime, d.PromptTokens, d.CompletionTokens}
	}
	return nil
}

func (e Entry) check() error {
	for _, n := range []struct{ field, text string }{
		{"pricePerUnitUsd", e.PricePerUnitUSD}, {"units", e.Units}, {"amount", e.Amount},
	} {
		if n.text == "" {
			continue
		}
		if first := n.text[0]; first != '-' && (first < '0' || first > '9') || !json.Valid([]byte(n.text)) {
			return fmt.Errorf("%s %q of the row at %s is not a JSON number", n.field, n.text, e.Timestamp.UTC().Format(time.RFC3339Nano))
		}
	}
	if year := e.Timestamp.UTC().Year(); year < 1970 || year > 9999 {
		return fmt.Errorf("timestamp %s of a row for %q lies outside the years 1970 to 9999", e.Timestamp, e.SKU)
	}
	return nil
}
