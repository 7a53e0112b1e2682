package focustest

import (
	"regexp"
	"slices"
	"strings"
)

// A dataType is the DataType of a column in the schema.
type dataType string

const (
	stringType   dataType = "STRING"
	decimalType  dataType = "DECIMAL"
	dateTimeType dataType = "DATETIME"
	jsonType     dataType = "JSON"
)

type columnRule struct {
	kind      dataType
	mandatory bool
	nullable  bool
}

// focusTable has the columns of Cost and Usage, all versions together. Flags: m
// mandatory, n nullable, - the version that removed it, + the one that added it.
const focusTable = `
AllocatedMethodDetails JSON n +1.3
AllocatedMethodId STRING n +1.3
AllocatedResourceId STRING n +1.3
AllocatedResourceName STRING n +1.3
AllocatedTags JSON n +1.3
AvailabilityZone STRING n
BilledCost DECIMAL m
BillingAccountId STRING m
BillingAccountName STRING m n
BillingAccountType STRING
BillingCurrency STRING m
BillingPeriodEnd DATETIME m
BillingPeriodStart DATETIME m
CapacityReservationId STRING n
CapacityReservationStatus STRING n
ChargeCategory STRING m
ChargeClass STRING m n
ChargeDescription STRING m n
ChargeFrequency STRING
ChargePeriodEnd DATETIME m
ChargePeriodStart DATETIME m
CommitmentDiscountCategory STRING n
CommitmentDiscountId STRING n
CommitmentDiscountName STRING n
CommitmentDiscountQuantity DECIMAL n
CommitmentDiscountStatus STRING n
CommitmentDiscountType STRING n
CommitmentDiscountUnit STRING n
CommitmentProgramEligibilityDetails JSON n +1.4
ConsumedQuantity DECIMAL n
ConsumedUnit STRING n
ContractApplied JSON n +1.3
ContractedCost DECIMAL m
ContractedUnitPrice DECIMAL n
EffectiveCost DECIMAL m
HostProviderName STRING m +1.3
InvoiceDetailId STRING n +1.4
InvoiceId STRING n
InvoiceIssuerName STRING m
ListCost DECIMAL m
ListUnitPrice DECIMAL n
PricingCategory STRING n
PricingCurrency STRING n
PricingCurrencyContractedUnitPrice DECIMAL n
PricingCurrencyEffectiveCost DECIMAL n
PricingCurrencyListUnitPrice DECIMAL n
PricingQuantity DECIMAL m n
PricingUnit STRING m n
ProviderName STRING m -1.4
PublisherName STRING m -1.4
RegionId STRING n
RegionName STRING n
ResourceId STRING n
ResourceName STRING n
ResourceType STRING n
ServiceCategory STRING m
ServiceName STRING m
ServiceProviderName STRING m +1.3
ServiceSubcategory STRING
SkuId STRING n
SkuMeter STRING n
SkuPriceDetails JSON n
SkuPriceId STRING n
SubAccountId STRING n
SubAccountName STRING n
SubAccountType STRING n
Tags JSON n
`

// customTable has our own columns, in the same form; g tells the grain that has
// them, where only one has.
const customTable = `
x_CompletionTokens DECIMAL n g=entry
x_InferenceExecutionMilliseconds DECIMAL n g=entry
x_LedgerAmount DECIMAL
x_LedgerCurrency STRING
x_LedgerRowCount DECIMAL g=day
x_LedgerTimestamp DATETIME g=entry
x_PromptTokens DECIMAL n g=entry
x_RequestId STRING n g=entry
x_UsdEquivalentCost DECIMAL
`

// wholeNumbers are decimals that count something.
var wholeNumbers = []string{
	"x_CompletionTokens", "x_InferenceExecutionMilliseconds", "x_LedgerRowCount", "x_PromptTokens",
}

// conditionalColumns must be there because the ledger has usage, published
// prices, SKUs and virtual currencies.
var conditionalColumns = []string{
	"ConsumedQuantity", "ConsumedUnit",
	"ContractedUnitPrice", "ListUnitPrice", "PricingCategory",
	"PricingCurrency", "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice",
	"SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId",
}

// recommendedColumns are exported as well.
var recommendedColumns = []string{"ChargeFrequency", "InvoiceId", "ServiceSubcategory"}

var (
	vantageColumns = []string{
		"BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "ChargeCategory",
		"ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "ConsumedQuantity",
		"ConsumedUnit", "ContractedCost", "EffectiveCost", "ListCost", "ResourceId", "ResourceType",
		"ServiceCategory", "ServiceName", "ServiceSubcategory", "Tags",
	}
	vantageRequired = []string{"BilledCost", "ChargeCategory", "ChargePeriodStart", "ServiceName"}
)

var customName = regexp.MustCompile(`^x_[A-Z][A-Za-z0-9]*$`)

// parseColumns reads a table for a version and a grain.
func parseColumns(table, version, grain string) map[string]columnRule {
	columns := map[string]columnRule{}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		words := strings.Fields(line)
		rule, there := columnRule{kind: dataType(words[1])}, true
		for _, flag := range words[2:] {
			switch rest := flag[1:]; flag[0] {
			case 'm':
				rule.mandatory = true
			case 'n':
				rule.nullable = true
			case '+':
				there = there && version >= rest
			case '-':
				there = there && version < rest
			case 'g':
				there = there && rest == "="+grain
			}
		}
		if there {
			columns[words[0]] = rule
		}
	}
	return columns
}

// columnSet is what is known of the columns of an export.
type columnSet struct {
	focus, custom map[string]columnRule
	// header is the one that is configured.
	header []string
}

func (e Expectation) columns() columnSet {
	set := columnSet{
		focus:  parseColumns(focusTable, e.Version, e.Grain),
		custom: parseColumns(customTable, e.Version, e.Grain),
	}
	if e.vantage() {
		set.header = vantageColumns
		return set
	}
	set.header = slices.Concat(set.mandatory(), conditionalColumns, recommendedColumns)
	for name := range set.custom {
		set.header = append(set.header, name)
	}
	slices.Sort(set.header) // x_ stands behind all capitals
	set.header = slices.Compact(set.header)
	return set
}

func (s columnSet) mandatory() []string {
	var names []string
	for name, rule := range s.focus {
		if rule.mandatory {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// rule gives what is known of a column; of a foreign x_ column, nothing.
func (s columnSet) rule(name string) (columnRule, bool) {
	if rule, ok := s.focus[name]; ok {
		return rule, true
	}
	rule, ok := s.custom[name]
	return rule, ok
}
