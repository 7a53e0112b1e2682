package focus

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/ducat-ledger/ducat/venice"
)

// A product is what FOCUS says of a SKU.
type product struct {
	sku, model   string
	known        bool // a SKU of a form that tells what it is
	purchase     bool // of prepaid balance
	output       bool // of tokens that the model wrote
	tokens       bool
	service      string
	subcategory  string
	meter        string
	pricingUnit  string
	consumedUnit string
	details      string // SkuPriceDetails, or ""
	what         string // for descriptions
}

const (
	category      = "AI and Machine Learning"
	generative    = "Generative AI"
	otherCategory = "Other (AI and Machine Learning)"
)

// prepaidBalance is what top-ups buy. Its SKU is ours: Venice's names for it are
// not known to be stable.
var prepaidBalance = product{
	sku: "prepaid-usd-balance", purchase: true, service: "Prepaid Balance", subcategory: otherCategory,
	meter: "Prepaid Credits", pricingUnit: "Credits", what: "Prepaid USD balance top-up",
}

// newProduct reads a SKU. What it says depends on the SKU alone, so that a SKU
// has one meter and one service for ever.
func newProduct(sku string) *product {
	parsed := venice.ParseSKU(sku)
	p := &product{
		sku: sku, model: parsed.Model, known: parsed.Unit != venice.UnknownUnit,
		purchase: parsed.Unit == venice.Credits, subcategory: generative,
	}
	details := map[string]string{"x_ModelId": parsed.Model}
	switch parsed.Unit {
	case venice.MillionTokens:
		kind := words(parsed.Meter)
		if unfit(kind) != "" {
			kind = "Other"
		}
		p.service, p.meter, p.pricingUnit, p.consumedUnit = "LLM Inference", kind+" Tokens", "1000000 Tokens", "Tokens"
		p.tokens, p.output = true, parsed.Meter == "output" || parsed.Meter == "extended-output"
		p.what = parsed.Model + " " + strings.ToLower(p.meter)
		details["x_TokenType"] = kind
	case venice.Images:
		p.count("Image Generation", "Images", "image generation")
	case venice.Videos:
		p.count("Video Generation", "Videos", "video generation")
	case venice.Tracks:
		p.count("Audio Generation", "Tracks", "audio generation")
	case venice.Requests:
		p.count("Search", "Requests", "requests")
		p.meter = "Search Requests"
	default:
		p.count("Venice AI Usage", "Units", "usage")
		p.subcategory = otherCategory
	}
	text, err := json.Marshal(details)
	if err != nil { // maps of strings always have a JSON form
		text = nil
	}
	p.details = string(text)
	return p
}

// count makes a product of things that are counted one by one.
func (p *product) count(service, unit, what string) {
	p.service, p.meter, p.pricingUnit, p.consumedUnit = service, unit, unit, unit
	p.what = p.model + " " + what
}

// words spells a meter for people: "cache-write-5m" is "Cache Write 5m".
func words(meter string) string {
	parts := strings.FieldsFunc(meter, func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
	for i, part := range parts {
		_, first := utf8.DecodeRuneInString(part)
		parts[i] = strings.ToUpper(part[:first]) + part[first:]
	}
	return strings.Join(parts, " ")
}
