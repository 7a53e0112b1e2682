package venice

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// benchPage is a page of 1000 entries like those of a busy account.
func benchPage() []byte {
	var b strings.Builder
	b.WriteString(`{"data":[`)
	for i := range 1000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"timestamp":"2026-06-26T19:%02d:%02d.%03dZ","sku":"kimi-k2-7-code-llm-cache-input-mtoken","pricePerUnitUsd":0.2,"units":0.0%d,"amount":-0.0%d,"currency":"DIEM","notes":"API Inference","inferenceDetails":{"requestId":"chatcmpl-%032x","inferenceExecutionTime":%d,"promptTokens":%d,"completionTokens":%d}}`,
			i/60%60, i%60, i, 84096+i, 168192+2*i, i, 1000+i, 84306+i, 100+i)
	}
	b.WriteString(`],"nextCursor":"AZq3fK9tXhIVDm2j4vN8cQwYt1sB6uEoLxRgPzKaJdHfM5nC7yW0K3w"}`)
	return []byte(b.String())
}

// BenchmarkDecodePage compares the exact decoding of a page with what a
// program gets that takes encoding/json and float64.
func BenchmarkDecodePage(b *testing.B) {
	body := benchPage()
	b.Run("exact", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var page UsageHistoryPage
			if err := page.decode(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("float64", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var page floatPage
			if err := json.Unmarshal(body, &page); err != nil {
				b.Fatal(err)
			}
		}
	})
}

type floatPage struct {
	Data []struct {
		Timestamp        string  `json:"timestamp"`
		SKU              string  `json:"sku"`
		PricePerUnitUSD  float64 `json:"pricePerUnitUsd"`
		Units            float64 `json:"units"`
		Amount           float64 `json:"amount"`
		Currency         string  `json:"currency"`
		Notes            string  `json:"notes"`
		InferenceDetails *struct {
			RequestID              string `json:"requestId"`
			InferenceExecutionTime *int64 `json:"inferenceExecutionTime"`
			PromptTokens           *int64 `json:"promptTokens"`
			CompletionTokens       *int64 `json:"completionTokens"`
		} `json:"inferenceDetails"`
	} `json:"data"`
	NextCursor *string `json:"nextCursor"`
}
