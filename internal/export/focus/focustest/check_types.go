package focustest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

const dateTimeLayout = "2006-01-02T15:04:05Z"

var (
	decimalForm  = regexp.MustCompile(`^-?\d+(?:\.\d+)?$`)
	wholeForm    = regexp.MustCompile(`^\d+$`)
	negativeZero = regexp.MustCompile(`^-0+(?:\.0+)?$`)
	dateTimeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)
	ledgerForm   = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$`)
	detailName   = regexp.MustCompile(`^x_[A-Z][A-Za-z0-9]*$`)
	unitForm     = compileUnits()
	secretForm   = regexp.MustCompile(`VENICE_[A-Z]+_KEY_|\bsk-[A-Za-z0-9_-]{16,}|(?i)\bbearer\s+\S{8,}`)
)

// nullWords are what others write for a null.
var nullWords = []string{"n/a", "null", "none", "nan", "undefined", "not applicable", "-"}

// focusDetails are the SkuPriceDetails that FOCUS defines.
var focusDetails = []string{
	"CoreCount", "DiskMaxIops", "DiskSpace", "DiskType", "GpuCount", "InstanceType", "InstanceSeries", "MemorySize",
	"NetworkMaxIops", "NetworkMaxThroughput", "OperatingSystem", "Redundancy", "StorageClass",
}

// ledgerCurrencies are what the ledger counts in.
var ledgerCurrencies = []string{"USD", "DIEM", "BUNDLED_CREDITS", "EARNED_CREDITS", "VCU"}

// ownText are the columns whose text the exporter makes up.
var ownText = []string{
	"ChargeDescription", "ConsumedUnit", "PricingUnit", "ResourceType", "ServiceName", "SkuMeter",
}

// compileUnits builds the unit grammar: units in the plural, apart from data sizes, which
// are abbreviations.
func compileUnits() *regexp.Regexp {
	const (
		size  = `[KMGTPE]i?[Bb]|[Bb]`
		units = `(?:` + size + `|[A-Z][a-z]+s)`
		unit  = `(?:` + size + `|[A-Z][a-z]+)`
		time  = `(?:Year|Month|Day|Hour|Minute|Second)`
	)
	return regexp.MustCompile(`^(?:` + strings.Join([]string{
		units,
		`[1-9]\d* ` + units,
		unit + `-` + time + `s`,
		units + `/` + time,
		units + `/[1-9]\d* ` + time + `s`,
	}, `|`) + `)$`)
}

// checkTypes judges each cell by its column's type.
func (v *validator) checkTypes(r *row) {
	for i, column := range r.part.header {
		rule, known := v.folder.columns.rule(column)
		if !known {
			rule = columnRule{kind: stringType, nullable: true}
		}
		v.checkNullSpelling(r, column, rule, r.cells[i])
		if text, ok := r.text(column); ok {
			v.checkForm(r, column, rule, text)
		}
		if text, ok := r.text(column); ok && (rule.kind == stringType || rule.kind == jsonType) {
			v.checkText(r, column, text)
		}
	}
	v.checkPriceSigns(r)
	v.oneOf(CurrencyCodes, r, "BillingCurrency", "USD")
	v.oneOf(CurrencyCodes, r, "PricingCurrency", ledgerCurrencies...)
	if priced, ok := r.text("PricingCurrency"); ok {
		v.oneOf(CurrencyCodes, r, "x_LedgerCurrency", priced)
	}
	for _, column := range []string{"PricingUnit", "ConsumedUnit"} {
		if text, ok := r.text(column); ok && !unitForm.MatchString(text) {
			v.refuse(UnitForm, r, column, "%q is no unit of FOCUS", text)
		}
	}
}

func (v *validator) checkNullSpelling(r *row, column string, rule columnRule, c cell) {
	trimmed := strings.TrimSpace(c.text)
	switch {
	case c.state == null && !rule.nullable:
		v.refuse(NullSpelling, r, column, "is null, and must not be")
	case c.state == null:
	case c.text == "":
		v.refuse(NullSpelling, r, column, "is an empty string; a null is an empty field without quotes")
	case trimmed == "" || slices.Contains(nullWords, strings.ToLower(trimmed)):
		v.refuse(NullSpelling, r, column, "%q stands for a null; a null is an empty field", c.text)
	}
}

func (v *validator) checkForm(r *row, column string, rule columnRule, text string) {
	switch rule.kind {
	case decimalType:
		v.checkDecimal(r, column, text)
	case dateTimeType:
		v.checkDateTime(r, column, text)
	case jsonType:
		if err := checkObject(text, column == "SkuPriceDetails"); err != nil {
			v.refuse(JSONForm, r, column, "%s: %v", text, err)
		}
	}
}

func (v *validator) checkDecimal(r *row, column, text string) {
	form := decimalForm
	if slices.Contains(wholeNumbers, column) {
		form = wholeForm
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	switch {
	case !form.MatchString(text) || negativeZero.MatchString(text):
		v.refuse(DecimalForm, r, column, "%q is no plain number of the column", text)
	case len(fraction) > scale || len(strings.TrimLeft(whole, "0")) > precision-scale:
		v.refuse(DecimalForm, r, column, "%s does not fit in DECIMAL(%d,%d)", text, precision, scale)
	}
}

func (v *validator) checkDateTime(r *row, column, text string) {
	form := dateTimeForm
	if column == "x_LedgerTimestamp" {
		form = ledgerForm
	}
	if _, err := time.Parse(time.RFC3339Nano, text); err != nil || !form.MatchString(text) {
		v.refuse(DateTimeForm, r, column, "%q is no instant of UTC in the form of the column", text)
	}
}

func (v *validator) checkPriceSigns(r *row) {
	for _, column := range unitPrices {
		if price, ok := r.number(column); ok && price.IsNegative() {
			v.refuse(PriceSigns, r, column, "the price %s is negative", price)
		}
	}
}

// checkObject reads a flat JSON object. Keys of price details are FOCUS's own
// or begin with x_.
func checkObject(text string, details bool) error {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return errors.New("is no JSON object")
	}
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // the decoder lets no other key pass
		switch {
		case seen[key]:
			return fmt.Errorf("has the key %q twice", key)
		case details && !slices.Contains(focusDetails, key) && !detailName.MatchString(key):
			return fmt.Errorf("the key %q is not of FOCUS and does not begin with x_", key)
		}
		seen[key] = true
		value, err := decoder.Token()
		if err != nil {
			return err
		}
		if _, nested := value.(json.Delim); nested {
			return fmt.Errorf("the value of %q is nested", key)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	if decoder.InputOffset() != int64(len(text)) {
		return errors.New("goes on behind the object")
	}
	return nil
}

func (v *validator) checkText(r *row, column, text string) {
	control := func(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 }
	foreign := func(c rune) bool { return c > 0x7e }
	switch {
	case strings.ContainsFunc(text, control):
		v.refuse(CleanText, r, column, "%q has control characters", text)
	case strings.ContainsRune("=+@-", rune(text[0])):
		v.refuse(CleanText, r, column, "%q would be a formula in a spreadsheet", text)
	case slices.Contains(ownText, column) && strings.ContainsFunc(text, foreign):
		v.refuse(CleanText, r, column, "%q is not ASCII", text)
	case secretForm.MatchString(text):
		v.refuse(CleanText, r, column, "has the form of a secret")
	}
}
