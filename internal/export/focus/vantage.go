package focus

import "encoding/json"

// Limits of one upload to Vantage as a custom provider's costs.
const (
	vantageRows  = 10_000
	vantageBytes = 2_000_000
)

// vantageKeeps are the columns that Vantage is known to take.
var vantageKeeps = map[string]bool{
	"BilledCost": true, "BillingAccountId": true, "BillingAccountName": true, "BillingCurrency": true,
	"ChargeCategory": true, "ChargeDescription": true, "ChargeFrequency": true,
	"ChargePeriodEnd": true, "ChargePeriodStart": true, "ConsumedQuantity": true, "ConsumedUnit": true,
	"ContractedCost": true, "EffectiveCost": true, "ListCost": true, "ResourceId": true, "ResourceType": true,
	"ServiceCategory": true, "ServiceName": true, "ServiceSubcategory": true, "Tags": true,
}

// vantageColumns say what the columns say that Vantage leaves out. There are no
// purchases among its rows, so each has a model.
func vantageColumns() []column {
	return []column{
		text("ResourceId", func(r *row) string { return r.model }),
		short("ResourceType", 5, func(*row) string { return "Model" }),
		{name: "Tags", dataType: typeJSON, value: func(r *row) string {
			tags, err := json.Marshal(map[string]string{"model": r.model, "funding": string(r.currency)})
			if err != nil { // maps of strings always have a JSON form
				return ""
			}
			return string(tags)
		}},
	}
}
