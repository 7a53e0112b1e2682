package venicetest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// In a test, NewServer(t, venicetest.Config{...}) does the same in one line and
// closes the server.
func ExampleStart() {
	server, err := venicetest.Start(venicetest.Config{Ledger: []venicetest.Entry{{
		Timestamp: time.Date(2026, 11, 18, 9, 30, 0, 0, time.UTC), SKU: "flux-2-pro-image-unit",
		PricePerUnitUSD: "0.03", Units: "1", Amount: "-0.03", Currency: "DIEM", Notes: "API Inference",
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	request, err := http.NewRequest("GET", server.BaseURL+"/billing/usage-history", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+server.AdminKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	var page struct {
		Data []struct {
			Amount   json.Number
			Currency string
		}
		NextCursor *string
	}
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(page.Data[0].Amount, page.Data[0].Currency, page.NextCursor)
	// Output: -0.03 DIEM <nil>
}

func ExampleParseFaults() {
	faults, err := venicetest.ParseFaults("500@3x2,hang/usage-history")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range faults {
		fmt.Println(f.Kind, f.Route, f.After, f.Times)
	}
	// Output:
	// 500  3 2
	// hang usage-history 0 0
}
