package venice

import (
	"regexp"
	"strings"
	"sync"
)

// A SKU is what [ParseSKU] reads from a stock keeping unit's name.
type SKU struct {
	// Model is the name that the SKU begins with, spelled as it is there; the
	// whole SKU where it follows no known form. It is usually a model id, but
	// can name the route that served the model ("deepseek-v4-pro-api") or be an
	// older name. Empty only for an empty SKU.
	Model string
	// Meter says which part of the use is charged: for tokens the token kind
	// ("input", "output", "cache-input" for a cache read, "cache-write",
	// "cache-write-5m" and "cache-write-1h" for one kept that long, each also
	// with "extended-" before it for a long context; a kind yet unknown as it
	// is spelled), else "image", "video", "audio", "search", "purchase", or
	// "other" for a SKU of no known form. Embeddings are charged as tokens too.
	Meter string
	// Unit is what the entry's units count.
	Unit Unit
}

// Unit is what the units of a SKU count.
type Unit string

// The units of SKUs.
const (
	MillionTokens Unit = "mtoken"
	Images        Unit = "image"
	Videos        Unit = "video"
	Tracks        Unit = "track" // music and other generated sound
	Requests      Unit = "request"
	Credits       Unit = "credit"
	UnknownUnit   Unit = ""
)

// A skuForm is a known form of SKUs. The first group of the pattern is the
// model. The second, where there is one, is the token kind, and then the form
// has no meter of its own.
type skuForm struct {
	pattern *regexp.Regexp
	meter   string
	unit    Unit
}

// skuForms are the known forms; the first that fits counts. They are compiled
// when they are first needed, since many programs never parse a SKU.
var skuForms = sync.OnceValue(func() []skuForm {
	return []skuForm{
		{skuPattern(`(credit-purchase)`), "purchase", Credits},
		{skuPattern(`(search-augmentation|web-search-request)`), "search", Requests},
		{skuPattern(`(.+)-llm-(.+)-mtoken`), "", MillionTokens},
		{skuPattern(`(.+)-image-unit`), "image", Images},
		{skuPattern(`(.+?)(?:-edit)?-fixed-(?:[^-]+-)*\d+img`), "image", Images},
		{skuPattern(`(.+)-duration-(?:resolution-)?rate-.+`), "video", Videos},
		{skuPattern(`(.+)-resolution-\d.*`), "video", Videos},
		{skuPattern(`(.+)-duration-based-\d+s`), "audio", Tracks},
		{skuPattern(`(.+)-fixed(?:-\d+min)?`), "audio", Tracks},
	}
})

// skuPattern matches a whole SKU of any characters, whatever its letters' case.
func skuPattern(form string) *regexp.Regexp {
	return regexp.MustCompile(`(?is)^` + form + `$`)
}

// ParseSKU reads the model, the meter and the unit from a SKU, such as
// zai-org-glm-5-1-llm-output-mtoken. Venice publishes no grammar: the forms are
// those that have been seen, and a SKU of no known form is its own model, with
// the meter "other". Upper and lower case are the same but for the model.
func ParseSKU(sku string) SKU {
	for _, form := range skuForms() {
		groups := form.pattern.FindStringSubmatch(sku)
		switch len(groups) {
		case 2:
			return SKU{Model: groups[1], Meter: form.meter, Unit: form.unit}
		case 3:
			return SKU{Model: groups[1], Meter: tokenMeter(groups[2]), Unit: form.unit}
		}
	}
	return SKU{Model: sku, Meter: "other", Unit: UnknownUnit}
}

// tokenMeter gives a known token kind its one spelling.
func tokenMeter(kind string) string {
	canonical := strings.ReplaceAll(strings.ToLower(kind), "_", "-")
	plain, extended := strings.CutPrefix(canonical, "extended-")
	switch plain {
	case "cache-read":
		plain = "cache-input"
	case "input", "output", "cache-input", "cache-write", "cache-write-5m", "cache-write-1h":
	default:
		return kind
	}
	if extended {
		return "extended-" + plain
	}
	return plain
}
