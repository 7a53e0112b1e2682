package focustest

// A Check is the number of a rule, which tests and findings name it by.
type Check int

// The rules that hold for the files.
const (
	// FileEncoding: UTF-8 without a mark, lines end in LF, a compressed file
	// can be read to its end.
	FileEncoding Check = 1 + iota
	// HeaderOrder: the columns are those configured, once each, in order.
	HeaderOrder
	// ColumnNames: a column is of the FOCUS version or begins with x_.
	ColumnNames
	// MandatoryColumns: none is missing.
	MandatoryColumns
	// ConditionalColumns: those for usage, prices, SKUs and the pricing
	// currency are there.
	ConditionalColumns
	// FieldCount: every record has as many fields as the header.
	FieldCount
	// PartitionContent: files, rows and months are what folder and manifest say.
	PartitionContent
	// SchemaMatch: the schema that the manifest names describes the columns.
	SchemaMatch
)

// The rules that hold for single cells.
const (
	// NullSpelling: a null is an empty field, and only where nulls may be.
	NullSpelling Check = 9 + iota
	// DecimalForm: plain decimals, of up to 38 digits, 24 after the point.
	DecimalForm
	// DateTimeForm: instants of UTC to the second (x_LedgerTimestamp: finer).
	DateTimeForm
	// PriceSigns: no price is negative.
	PriceSigns
	// JSONForm: flat objects with unique keys.
	JSONForm
	// CurrencyCodes: billed in USD, priced in what the ledger counts in.
	CurrencyCodes
	// UnitForm: units follow the FOCUS grammar.
	UnitForm
	// CleanText: no control characters, formulas or secrets; own text is ASCII.
	CleanText
	// ChargeCategories: one of FOCUS.
	ChargeCategories
	// ChargeClasses: null or Correction.
	ChargeClasses
	// ChargeFrequencies: one of FOCUS.
	ChargeFrequencies
	// PricingCategories: one of FOCUS.
	PricingCategories
	// ServiceCategories: one of FOCUS, with a subcategory of its own.
	ServiceCategories
)

// The rules that hold between the cells of a row.
const (
	// BillingPeriods: one UTC month.
	BillingPeriods Check = 22 + iota
	// ChargePeriods: one UTC day within the billing period.
	ChargePeriods
	// LedgerTimestamps: within the charge period.
	LedgerTimestamps
	// ConsumedOfUsage: usage and nothing else has a ConsumedQuantity.
	ConsumedOfUsage
	// UnitsOfQuantities: a unit where there is a quantity, and only there.
	UnitsOfQuantities
	// PricedCharges: usage and purchases have prices and SKUs, taxes have none.
	PricedCharges
	// SKUDetails: no meter, details, prices or quantities without a SKU.
	SKUDetails
	// PricingCurrencies: never null.
	PricingCurrencies
	// UsageFrequency: usage is Usage-Based and a purchase is not.
	UsageFrequency
	// Corrections: a Correction refunds an entry of an earlier month.
	Corrections
	// CostProducts: a cost at a unit price is price times quantity, exactly.
	CostProducts
	// PurchaseEffect: a purchase has no effective cost.
	PurchaseEffect
	// CreditCosts: a credit or adjustment has one cost and no price.
	CreditCosts
	// UsageBasis: what USD usage bills and costs by the basis.
	UsageBasis
	// AllowanceCosts: what usage paid from allowances bills and costs.
	AllowanceCosts
	// PricingCurrencyAmounts: prices and costs in the ledger's currency.
	PricingCurrencyAmounts
	// Signs: debits are positive, refunds negative, top-ups billed.
	Signs
	// AmountProduct: the ledger's amount is units times price, or is reported.
	AmountProduct
	// ConsumedTokens: ConsumedQuantity counts what PricingQuantity prices.
	ConsumedTokens
)

// The rules that hold for all rows together.
const (
	// KeyParents: a service has one category, a SKU one meter and one service.
	KeyParents Check = 41 + iota
	// RowCounts: each entry is in a row, skipped or rejected, once.
	RowCounts
	// LedgerTotals: sums by month and currency are those of the ledger.
	LedgerTotals
	// CashTotals: what is billed is the cash that was paid in.
	CashTotals
	// SameTwice: the same books give the same bytes.
	SameTwice
	// VantageLimits: what Vantage takes in an upload.
	VantageLimits
)
