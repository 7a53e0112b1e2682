// Package floats is what a program gets that reads Venice's ledger the short
// way: encoding/json into structs with float64. Ducat is measured against it.
package floats

// Page is a page of /billing/usage-history.
type Page struct {
	Data       []Entry `json:"data"`
	NextCursor *string `json:"nextCursor"`
}

// Entry is a row of the ledger.
type Entry struct {
	Timestamp        string   `json:"timestamp"`
	SKU              string   `json:"sku"`
	PricePerUnitUSD  float64  `json:"pricePerUnitUsd"`
	Units            float64  `json:"units"`
	Amount           float64  `json:"amount"`
	Currency         string   `json:"currency"`
	Notes            string   `json:"notes"`
	InferenceDetails *Details `json:"inferenceDetails"`
}

// Details are those of the request behind an entry.
type Details struct {
	RequestID              string `json:"requestId"`
	InferenceExecutionTime *int64 `json:"inferenceExecutionTime"`
	PromptTokens           *int64 `json:"promptTokens"`
	CompletionTokens       *int64 `json:"completionTokens"`
}
