package focustest

import "slices"

var serviceCategories = []string{
	"AI and Machine Learning", "Analytics", "Business Applications", "Compute", "Databases", "Developer Tools", "Identity",
	"Integration", "Internet of Things", "Management and Governance", "Media", "Migration", "Mobile", "Multicloud",
	"Networking", "Other", "Security", "Storage", "Web",
}

// aiSubcategories are those of AI and Machine Learning, apart from its Other.
// Other categories have many; an export of AI usage needs none of them.
var aiSubcategories = []string{
	"AI Platforms", "Bots", "Generative AI", "Machine Learning", "Natural Language Processing",
}

// checkEnums judges the cells whose values FOCUS lists.
func (v *validator) checkEnums(r *row) {
	v.oneOf(ChargeCategories, r, "ChargeCategory", "Usage", "Purchase", "Tax", "Credit", "Adjustment")
	v.oneOf(ChargeClasses, r, "ChargeClass", "Correction")
	v.oneOf(ChargeFrequencies, r, "ChargeFrequency", "One-Time", "Recurring", "Usage-Based")
	v.oneOf(PricingCategories, r, "PricingCategory", "Standard", "Dynamic", "Committed", "Other")
	v.oneOf(ServiceCategories, r, "ServiceCategory", serviceCategories...)
	category, ok := r.text("ServiceCategory")
	if !ok {
		return
	}
	allowed := []string{"Other (" + category + ")"}
	if category == serviceCategories[0] {
		allowed = slices.Concat(allowed, aiSubcategories)
	}
	v.oneOf(ServiceCategories, r, "ServiceSubcategory", allowed...)
}
