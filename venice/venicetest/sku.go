package venicetest

import (
	"regexp"
	"strings"
)

// service is what a SKU was billed for, as the analytics route shows it.
type service struct {
	base     string // decides which rows are of one model
	name     string // shown; several models may share one
	unitType string
	kind     *string // modelType: LLM, IMAGE, VIDEO or null
	token    string  // the type of token, "" for what is not billed by tokens
}

const tokenUnits = "tokens"

// catalogue knows the display names of models by the base of their SKUs.
type catalogue map[string]string

func newCatalogue() catalogue {
	c := make(catalogue)
	for _, m := range models() {
		c[m.base] = m.name
	}
	for _, i := range items() {
		c[c.service(i.sku).base] = i.name
	}
	return c
}

var families = []struct {
	form           *regexp.Regexp
	kind, unitType string
}{
	{regexp.MustCompile(`^(.+)-image-unit$`), "IMAGE", "images"},
	{regexp.MustCompile(`^(.+)-fixed-(?:.*-)?\d*img$`), "IMAGE", "images"},
	{regexp.MustCompile(`^(.+?)-(?:duration-rate|duration-resolution-rate|resolution)-.+$`), "VIDEO", "seconds"},
	{regexp.MustCompile(`^(.+)-duration-based-\d+s$`), "", "minutes"},
}

// service reads a SKU by the patterns that are known; there is no published
// grammar. One that fits none is a service of its own.
func (c catalogue) service(sku string) service {
	s := service{base: sku, unitType: "units"}
	if base, token, found := cutLast(sku, "-llm-"); found && strings.HasSuffix(token, "-mtoken") {
		s.base, s.unitType, s.token = base, tokenUnits, tokenType(strings.TrimSuffix(token, "-mtoken"))
		if base != embedding {
			s.kind = new("LLM")
		}
	} else {
		for _, family := range families {
			if m := family.form.FindStringSubmatch(sku); m != nil {
				s.base, s.unitType = m[1], family.unitType
				if family.kind != "" {
					s.kind = new(family.kind)
				}
				break
			}
		}
	}
	if s.name = c[s.base]; s.name == "" {
		s.name = s.base
	}
	return s
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func tokenType(meter string) string {
	switch meter = strings.TrimPrefix(meter, "extended-"); {
	case meter == "input":
		return "Input"
	case meter == "output":
		return "Output"
	case meter == "cache-input":
		return "Cache Read"
	case strings.HasPrefix(meter, "cache-write"):
		return "Cache Write"
	}
	return meter
}
