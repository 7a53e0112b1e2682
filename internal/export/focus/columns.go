package focus

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/venice"
)

// Data types as schemas spell them.
const (
	typeString   = "STRING"
	typeDecimal  = "DECIMAL"
	typeDateTime = "DATETIME"
	typeJSON     = "JSON"
)

// A column is one field of each row; "" is null.
type column struct {
	name, dataType string
	maxLength      int // of a string, where that is promised
	value          func(*row) string
}

func (c column) sqlType() string {
	switch c.dataType {
	case typeDecimal:
		return "DECIMAL(38,24)"
	case typeDateTime:
		return "TIMESTAMP WITH TIME ZONE"
	}
	return "VARCHAR"
}

// A row is a charge and what the options make of it.
type row struct {
	*charge
	account           BillingAccount
	billed, effective decimal.Decimal
}

func (o *Options) row(c *charge) *row {
	r := &row{charge: c, account: o.Accounts[c.account]}
	switch {
	case c.kind == topUp:
		r.billed = c.amount
	case c.currency == venice.USD:
		r.effective = c.usd
		if o.Basis == BasisConsumption {
			r.billed = c.usd
		}
	case o.AllowanceCost == AllowanceFace:
		r.effective = c.usd
	}
	return r
}

// columns are those of the options: FOCUS's by name, then our own by name.
func (o *Options) columns() []column {
	all := slices.Concat(accountColumns(), chargeColumns(), costColumns(), pricingColumns(), productColumns(),
		o.providerColumns(), o.ledgerColumns())
	if o.Profile == ProfileVantage {
		all = slices.DeleteFunc(append(all, vantageColumns()...), func(c column) bool { return !vantageKeeps[c.name] })
	}
	slices.SortFunc(all, func(a, b column) int {
		if own := isOwn(a) != isOwn(b); own && isOwn(a) {
			return 1
		} else if own {
			return -1
		}
		return strings.Compare(a.name, b.name)
	})
	return all
}

func isOwn(c column) bool { return strings.HasPrefix(c.name, "x_") }

func text(name string, value func(*row) string) column {
	return column{name: name, dataType: typeString, value: value}
}

func short(name string, maxLength int, value func(*row) string) column {
	return column{name: name, dataType: typeString, maxLength: maxLength, value: value}
}

func number(name string, value func(*row) decimal.Decimal) column {
	return column{name: name, dataType: typeDecimal, value: func(r *row) string { return value(r).String() }}
}

func instant(name string, value func(*row) time.Time) column {
	return column{name: name, dataType: typeDateTime, value: func(r *row) string { return value(r).Format(time.RFC3339) }}
}

func accountColumns() []column {
	return []column{
		text("BillingAccountId", func(r *row) string { return r.account.ID }),
		text("BillingAccountName", func(r *row) string { return r.account.Name }),
		short("BillingCurrency", 3, func(*row) string { return string(venice.USD) }),
		instant("BillingPeriodStart", func(r *row) time.Time { return monthOf(r.at) }),
		instant("BillingPeriodEnd", func(r *row) time.Time { return monthOf(r.at).AddDate(0, 1, 0) }),
		text("InvoiceId", func(*row) string { return "" }),
	}
}

func chargeColumns() []column {
	return []column{
		short("ChargeCategory", 10, func(r *row) string { return r.choose("Usage", "Purchase") }),
		short("ChargeClass", 10, func(r *row) string {
			if r.correction {
				return "Correction"
			}
			return ""
		}),
		short("ChargeDescription", descriptionLength, func(r *row) string { return r.description() }),
		short("ChargeFrequency", 11, func(r *row) string { return r.choose("Usage-Based", "One-Time") }),
		instant("ChargePeriodStart", func(r *row) time.Time { return dayOf(r.at) }),
		instant("ChargePeriodEnd", func(r *row) time.Time { return dayOf(r.at).AddDate(0, 0, 1) }),
	}
}

func costColumns() []column {
	return []column{
		number("BilledCost", func(r *row) decimal.Decimal { return r.billed }),
		number("EffectiveCost", func(r *row) decimal.Decimal { return r.effective }),
		number("ListCost", func(r *row) decimal.Decimal { return r.list }),
		number("ContractedCost", func(r *row) decimal.Decimal { return r.list }),
	}
}

func pricingColumns() []column {
	price := func(r *row) decimal.Decimal { return r.price }
	inCurrency := func(r *row) decimal.Decimal { return r.price.Mul(unitsPerUSD(r.currency)) }
	return []column{
		number("ListUnitPrice", price),
		number("ContractedUnitPrice", price),
		short("PricingCategory", 8, func(*row) string { return "Standard" }),
		text("PricingCurrency", func(r *row) string { return string(r.currency) }),
		number("PricingCurrencyListUnitPrice", inCurrency),
		number("PricingCurrencyContractedUnitPrice", inCurrency),
		number("PricingCurrencyEffectiveCost", func(r *row) decimal.Decimal { return r.spent }),
		number("PricingQuantity", func(r *row) decimal.Decimal { return r.quantity }),
		text("PricingUnit", func(r *row) string { return r.pricingUnit }),
		{name: "ConsumedQuantity", dataType: typeDecimal, value: func(r *row) string {
			return r.choose(r.consumed().String(), "")
		}},
		text("ConsumedUnit", func(r *row) string { return r.consumedUnit }),
	}
}

func productColumns() []column {
	return []column{
		short("ServiceCategory", len(category), func(*row) string { return category }),
		text("ServiceName", func(r *row) string { return r.service }),
		text("ServiceSubcategory", func(r *row) string { return r.subcategory }),
		text("SkuId", func(r *row) string { return r.sku }),
		text("SkuMeter", func(r *row) string { return r.meter }),
		text("SkuPriceId", func(r *row) string { return r.sku }),
		{name: "SkuPriceDetails", dataType: typeJSON, value: func(r *row) string { return r.details }},
	}
}

// provider is who sells, hosts and bills. The three stay equal: where an issuer
// differs from the provider, FOCUS takes the cost for somebody else's.
const provider = "Venice AI"

func (o *Options) providerColumns() []column {
	names := []string{"InvoiceIssuerName"}
	if o.Version != Version14 {
		names = append(names, "ProviderName", "PublisherName")
	}
	if o.Version != Version12 {
		names = append(names, "HostProviderName", "ServiceProviderName")
	}
	var columns []column
	for _, name := range names {
		columns = append(columns, text(name, func(*row) string { return provider }))
	}
	return columns
}

func (o *Options) ledgerColumns() []column {
	columns := []column{
		number("x_LedgerAmount", func(r *row) decimal.Decimal { return r.amount }),
		text("x_LedgerCurrency", func(r *row) string { return string(r.currency) }),
		number("x_UsdEquivalentCost", func(r *row) decimal.Decimal { return r.usd }),
	}
	if o.Grain == GrainDay {
		return append(columns, column{name: "x_LedgerRowCount", dataType: typeDecimal,
			value: func(r *row) string { return strconv.FormatInt(r.entries, 10) }})
	}
	return append(columns,
		column{name: "x_LedgerTimestamp", dataType: typeDateTime, value: func(r *row) string { return timestamp(r.at) }},
		text("x_RequestId", func(r *row) string { return r.inference.RequestID }),
		count("x_PromptTokens", func(r *row) *int64 { return r.inference.PromptTokens }),
		count("x_CompletionTokens", func(r *row) *int64 { return r.inference.CompletionTokens }),
		count("x_InferenceExecutionMilliseconds", func(r *row) *int64 { return r.inference.InferenceExecutionTime }),
	)
}

func count(name string, value func(*row) *int64) column {
	return column{name: name, dataType: typeDecimal, value: func(r *row) string {
		if n := value(r); n != nil {
			return strconv.FormatInt(*n, 10)
		}
		return ""
	}}
}

// choose picks what usage has, or what a purchase has.
func (r *row) choose(used, bought string) string {
	if r.kind == topUp {
		return bought
	}
	return used
}

const descriptionLength = 255

// paidFrom ends the description of what was not paid in US dollars.
var paidFrom = map[venice.Currency]string{
	venice.DIEM:           " paid from DIEM allowance",
	venice.BundledCredits: " paid from bundled credits",
	venice.EarnedCredits:  " paid from earned credits",
	venice.VCU:            " paid from VCU allowance",
}

func (r *row) description() string {
	what := r.what + paidFrom[r.currency]
	switch {
	case r.kind == refund:
		what = "Refund: " + what
	case r.kind == topUp && r.amount.IsNegative():
		what = "Refund: " + what
	}
	return ascii(what, descriptionLength)
}

// timestamp spells an instant to the millisecond, or finer where it is finer.
func timestamp(t time.Time) string {
	if t.Nanosecond()%int(time.Millisecond) == 0 {
		return t.Format("2006-01-02T15:04:05.000Z")
	}
	return t.Format(time.RFC3339Nano)
}

// dayOf is the UTC day of an instant.
func dayOf(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// monthOf is the UTC month of an instant.
func monthOf(t time.Time) time.Time {
	year, month, _ := t.UTC().Date()
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}
