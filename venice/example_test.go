package venice_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// exampleClient is a client of a simulated account with a few entries. Yours is
//
//	client, err := venice.NewClient() // the key is in VENICE_API_KEY
func exampleClient(options ...venice.Option) (client *venice.Client, done func()) {
	at := time.Date(2026, 11, 1, 9, 30, 0, 0, time.UTC)
	const glm, kimi = "zai-org-glm-5-1-llm-output-mtoken", "kimi-k2-6-llm-input-mtoken"
	server, err := venicetest.Start(venicetest.Config{
		Now: func() time.Time { return at.Add(time.Hour) },
		Ledger: []venicetest.Entry{
			{Timestamp: at.Add(-48 * time.Hour), SKU: "credit-purchase", PricePerUnitUSD: "1", Units: "25", Amount: "25", Currency: "USD"},
			{Timestamp: at.Add(-24 * time.Hour), SKU: kimi, PricePerUnitUSD: "0.75", Units: "0.084096", Amount: "-0.063072", Currency: "DIEM", Notes: "API Inference"},
			{Timestamp: at, SKU: glm, PricePerUnitUSD: "4.84", Units: "0.000227", Amount: "-0.00109868", Currency: "USD", Notes: "API Inference"},
			{Timestamp: at.Add(time.Minute), SKU: glm, PricePerUnitUSD: "4.84", Units: "0.001", Amount: "-0.00484", Currency: "USD", Notes: "API Inference"},
		},
	})
	if err != nil {
		panic(err)
	}
	client, err = venice.NewClient(append(options, venice.WithAPIKey(server.AdminKey), venice.WithBaseURL(server.BaseURL))...)
	if err != nil {
		panic(err)
	}
	return client, server.Close
}

func ExampleNewClient() {
	client, err := venice.NewClient(
		venice.WithAPIKey("VENICE_ADMIN_KEY_..."), // better: leave it out and set VENICE_API_KEY
		venice.WithTimeout(20*time.Second),
	)
	fmt.Println(client, err)
	// Output: venice.Client(https://api.venice.ai/api/v1) <nil>
}

func ExampleBillingService_GetBalance() {
	client, done := exampleClient()
	defer done()
	balance, err := client.Billing.GetBalance(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("can consume:", balance.CanConsume)
	fmt.Println("charged next:", balance.ConsumptionCurrency)
	fmt.Println("DIEM left today:", balance.Balances.DIEM.Decimal, "of", balance.DIEMEpochAllocation)
	// Output:
	// can consume: true
	// charged next: DIEM
	// DIEM left today: 100 of 100
}

// The newest entries. Today's Venice answers the page-numbered route with 410;
// the client reads the usage history instead.
func ExampleBillingService_GetUsage() {
	client, done := exampleClient()
	defer done()
	page, err := client.Billing.GetUsage(context.Background(), venice.UsageParams{Limit: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range page.Data {
		fmt.Println(e.Timestamp.Format(time.DateTime), e.SKU, e.Amount, e.Currency)
	}
	fmt.Println("more:", page.HasMore)
	// Output:
	// 2026-11-01 09:31:00 zai-org-glm-5-1-llm-output-mtoken -0.00484 USD
	// 2026-11-01 09:30:00 zai-org-glm-5-1-llm-output-mtoken -0.00109868 USD
	// more: true
}

func ExampleBillingService_GetUsageCSV() {
	client, done := exampleClient()
	defer done()
	page, err := client.Billing.GetUsageCSV(context.Background(), venice.UsageParams{Currency: venice.DIEM})
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(os.Stdout, page.Body)
	// Output:
	// timestamp,sku,pricePerUnitUsd,units,amount,currency,notes,inferenceDetails.requestId,inferenceDetails.inferenceExecutionTime,inferenceDetails.promptTokens,inferenceDetails.completionTokens
	// 2026-10-31T09:30:00.000Z,kimi-k2-6-llm-input-mtoken,0.75,0.084096,-0.063072,DIEM,API Inference,,,,
}

// Spend by model, debits and credits apart, and never two currencies in one sum.
func ExampleBillingService_IterUsage() {
	client, done := exampleClient()
	defer done()
	spend := map[string]decimal.Decimal{}
	var credit decimal.Decimal
	for e, err := range client.Billing.IterUsage(context.Background(), venice.UsageParams{Currency: venice.USD}) {
		if err != nil {
			fmt.Println("incomplete:", err)
			return
		}
		if e.Amount.IsPositive() {
			credit = credit.Add(e.Amount)
			continue
		}
		model := venice.ParseSKU(e.SKU).Model
		spend[model] = spend[model].Sub(e.Amount)
	}
	fmt.Println("spent on zai-org-glm-5-1:", spend["zai-org-glm-5-1"], "USD")
	fmt.Println("topped up:", credit, "USD")
	// Output:
	// spent on zai-org-glm-5-1: 0.00593868 USD
	// topped up: 25 USD
}

func ExampleBillingService_GetUsageAnalytics() {
	client, done := exampleClient()
	defer done()
	analytics, err := client.Billing.GetUsageAnalytics(context.Background(), venice.UsageAnalyticsParams{Lookback: "2d"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, day := range analytics.ByDate {
		fmt.Println(day.Date.Format(time.DateOnly), day.USD, "USD", day.DIEM, "DIEM")
	}
	// Output:
	// 2026-10-31 0 USD 0.063072 DIEM
	// 2026-11-01 0.00593868 USD 0 DIEM
}

func ExampleBillingService_GetUsageHistory() {
	client, done := exampleClient()
	defer done()
	page, err := client.Billing.GetUsageHistory(context.Background(), venice.UsageHistoryParams{
		StartTimestamp: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(page.Data), "entries, next cursor:", page.NextCursor != "")
	// Output: 2 entries, next cursor: false
}

func ExampleBillingService_GetUsageHistoryCSV() {
	client, done := exampleClient()
	defer done()
	page, err := client.Billing.GetUsageHistoryCSV(context.Background(), venice.UsageHistoryParams{Currency: venice.USD})
	if err != nil {
		fmt.Println(err)
		return
	}
	for e, err := range venice.ReadUsageCSV(page.Body) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(e.SKU, e.Amount)
	}
	// Output:
	// credit-purchase 25
	// zai-org-glm-5-1-llm-output-mtoken -0.00109868
	// zai-org-glm-5-1-llm-output-mtoken -0.00484
}

// Pages suit a program that saves its progress: after each page, what came is
// whole and in order.
func ExampleBillingService_UsageHistoryPages() {
	client, done := exampleClient()
	defer done()
	for page, err := range client.Billing.UsageHistoryPages(context.Background(), venice.UsageHistoryParams{PageSize: 10}) {
		if err != nil {
			fmt.Println("incomplete:", err)
			return
		}
		last := page.Data[len(page.Data)-1]
		fmt.Println(len(page.Data), "entries up to", last.Timestamp.Format(time.DateTime))
	}
	// Output: 4 entries up to 2026-11-01 09:31:00
}

func ExampleBillingService_IterUsageHistory() {
	client, done := exampleClient()
	defer done()
	n := 0
	for _, err := range client.Billing.IterUsageHistory(context.Background(), venice.UsageHistoryParams{}) {
		if err != nil {
			fmt.Println("incomplete:", err)
			return
		}
		n++
	}
	fmt.Println(n, "entries")
	// Output: 4 entries
}

func ExampleAPIKeysService_List() {
	client, done := exampleClient()
	defer done()
	keys, err := client.APIKeys.List(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, k := range keys.Data[:2] {
		fmt.Println(k.Description, k.Type, k.LimitPeriod, "limit in USD:", k.ConsumptionLimits.USD.Valid)
	}
	// Output:
	// production INFERENCE EPOCH limit in USD: false
	// coding agents INFERENCE EPOCH limit in USD: false
}

func ExampleAPIKeysService_Get() {
	client, done := exampleClient()
	defer done()
	keys, err := client.APIKeys.List(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := client.APIKeys.Get(context.Background(), keys.Data[0].ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(key.Description, "spent", key.TrailingSevenDays.USD.Decimal, "USD in seven days")
	// Output: production spent 0 USD in seven days
}

// What an INFERENCE key can find out: not the balance of the account, but what it
// may spend itself.
func ExampleAPIKeysService_GetRateLimits() {
	client, done := exampleClient()
	defer done()
	limits, err := client.APIKeys.GetRateLimits(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("permitted:", limits.AccessPermitted)
	fmt.Println("DIEM:", limits.Balances[venice.DIEM], "until", limits.NextEpochBegins.Format(time.DateTime))
	// Output:
	// permitted: true
	// DIEM: 100 until 2026-11-02 00:00:00
}

func ExampleAPIKeysService_GetRateLimitLog() {
	client, done := exampleClient()
	defer done()
	log, err := client.APIKeys.GetRateLimitLog(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(log.Data), "requests were refused")
	// Output: 0 requests were refused
}

func ExampleWriteUsageCSV() {
	client, done := exampleClient()
	defer done()
	entries := client.Billing.IterUsage(context.Background(), venice.UsageParams{MaxItems: 1})
	if err := venice.WriteUsageCSV(os.Stdout, entries); err != nil {
		fmt.Println("incomplete:", err)
	}
	// Output:
	// timestamp,sku,pricePerUnitUsd,units,amount,currency,notes,inferenceDetails.requestId,inferenceDetails.inferenceExecutionTime,inferenceDetails.promptTokens,inferenceDetails.completionTokens
	// 2026-11-01T09:31:00.000Z,zai-org-glm-5-1-llm-output-mtoken,4.84,0.001,-0.00484,USD,API Inference,,,,
}

func ExampleParseSKU() {
	sku := venice.ParseSKU("claude-opus-4-8-llm-cache-write-5m-mtoken")
	fmt.Println(sku.Model, sku.Meter, sku.Unit)
	// Output: claude-opus-4-8 cache-write-5m mtoken
}

func ExampleAPIError() {
	client, done := exampleClient(venice.WithMaxRetries(0))
	done() // the server is gone
	_, err := client.Billing.GetBalance(context.Background())
	var e *venice.APIError
	switch {
	case errors.Is(err, venice.ErrAuthentication):
		fmt.Println("use an ADMIN key")
	case errors.Is(err, venice.ErrRateLimit) && errors.As(err, &e):
		fmt.Println("wait", e.RetryAfter)
	case errors.Is(err, venice.ErrTimeout), errors.Is(err, venice.ErrConnection), errors.Is(err, venice.ErrServer):
		fmt.Println("try again later")
	}
	// Output: try again later
}
