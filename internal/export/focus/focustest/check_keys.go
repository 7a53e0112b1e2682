package focustest

// checkKeys: what a name or an id belongs to is the same in all rows.
func (v *validator) checkKeys() {
	for _, relation := range []struct{ child, parent string }{
		{"ServiceName", "ServiceCategory"},
		{"ServiceName", "ServiceSubcategory"},
		{"SkuPriceId", "SkuId"},
		{"SkuPriceId", "SkuPriceDetails"},
		{"SkuId", "SkuMeter"},
		{"SkuId", "ServiceName"},
	} {
		parents := map[string]string{}
		for r := range v.folder.rows() {
			child, ok := r.text(relation.child)
			parent, parentOK := r.text(relation.parent)
			if !ok || !parentOK {
				continue
			}
			first, seen := parents[child]
			switch {
			case !seen:
				parents[child] = parent
			case first != parent:
				v.row(KeyParents, r, relation.parent, "%s %q has %q here and %q before", relation.child, child, parent, first)
			}
		}
	}
}
