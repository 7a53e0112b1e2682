package focustest

import (
	"path"
	"slices"
	"time"
)

// checkFiles judges headers, partitions and metadata.
func (v *validator) checkFiles() {
	if len(v.folder.partitions) == 0 {
		v.file(PartitionContent, dataFolder, "has no partition")
	}
	for _, p := range v.folder.partitions {
		for _, part := range p.parts {
			v.checkHeader(p, part)
			v.unread = v.unread || part.unread
		}
		v.checkManifest(p)
		if p.manifest != nil {
			v.checkSchema(p)
		}
		for r := range p.rows() {
			v.checkMonth(p, r)
		}
	}
}

// checkHeader judges the columns. A part of no known column has lost its header:
// its rows cannot be told apart from it, and are not judged.
func (v *validator) checkHeader(p *partition, part *part) {
	columns, header := v.folder.columns, part.header
	if part.unread && len(header) == 0 {
		return
	}
	expected := func(name string) bool { return slices.Contains(columns.header, name) }
	if !slices.ContainsFunc(header, expected) {
		check := HeaderOrder
		if v.want.vantage() {
			check = VantageLimits
		}
		v.file(check, part.file, "has no header")
		part.rows, part.unread = nil, true
		return
	}
	for i, name := range header {
		_, focus := columns.focus[name]
		switch {
		case slices.Contains(header[:i], name):
			v.file(HeaderOrder, part.file, "has the column %s twice", name)
		case len(name) > 50 || !focus && !customName.MatchString(name):
			v.file(ColumnNames, part.file, "%q is no column of FOCUS %s, nor x_ and a name, in 50 characters", name, v.want.Version)
		case expected(name):
		case v.want.vantage():
			v.file(VantageLimits, part.file, "the column %s is not for Vantage", name)
		default:
			v.file(HeaderOrder, part.file, "the column %s is not configured", name)
		}
	}
	v.checkAbsent(part)
	if got, want := common(header, columns.header), common(columns.header, header); !slices.Equal(got, want) {
		v.file(HeaderOrder, part.file, "the order is %q; want %q", got, want)
	}
	if first := p.parts[0]; !first.unread && !slices.Equal(header, first.header) {
		v.file(PartitionContent, part.file, "its header differs from that of %s", path.Base(first.file))
	}
}

// checkAbsent blames a missing column on the rule that needs it most.
func (v *validator) checkAbsent(part *part) {
	columns := v.folder.columns
	for _, name := range columns.header {
		if slices.Contains(part.header, name) {
			continue
		}
		check := HeaderOrder
		switch {
		case v.want.vantage() && slices.Contains(vantageRequired, name):
			check = VantageLimits
		case v.want.vantage():
		case columns.focus[name].mandatory:
			check = MandatoryColumns
		case slices.Contains(conditionalColumns, name):
			check = ConditionalColumns
		}
		v.file(check, part.file, "the column %s is missing", name)
	}
}

// common gives the names that others has too, each once, in their order.
func common(names, others []string) []string {
	var kept []string
	for _, name := range names {
		if slices.Contains(others, name) && !slices.Contains(kept, name) {
			kept = append(kept, name)
		}
	}
	return kept
}

// checkManifest holds the manifest to the folder, the files and the options.
func (v *validator) checkManifest(p *partition) {
	m, file := p.manifest, path.Join(p.dir, manifestName)
	if m == nil {
		v.file(PartitionContent, file, "is missing or cannot be read")
		return
	}
	start, end := p.month.Format(dateTimeLayout), p.month.AddDate(0, 1, 0).Format(dateTimeLayout)
	if m.BillingPeriodStart != start || m.BillingPeriodEnd != end {
		v.file(PartitionContent, file, "billing period from %s to %s; want %s to %s", m.BillingPeriodStart, m.BillingPeriodEnd, start, end)
	}
	for _, option := range []struct {
		name, got, want string
		check           Check
	}{
		{"DataGenerator", m.DataGenerator, "Ducat", SchemaMatch},
		{"Basis", m.Basis, v.want.Basis, UsageBasis},
		{"AllowanceCost", m.AllowanceCost, v.want.AllowanceCost, AllowanceCosts},
		{"Grain", m.Grain, v.want.Grain, PartitionContent},
		{"Profile", m.Profile, v.want.Profile, VantageLimits},
	} {
		if option.got != option.want {
			v.file(option.check, file, "%s is %q; want %q", option.name, option.got, option.want)
		}
	}
	v.checkLocations(p)
	v.checkMissing(p)
}

func (v *validator) checkLocations(p *partition) {
	m, file := p.manifest, path.Join(p.dir, manifestName)
	if len(p.parts) != 1 && !v.want.vantage() || len(p.parts) == 0 {
		v.file(PartitionContent, p.dir, "has %d data files; want 1", len(p.parts))
	}
	rows, unread := 0, false
	for _, part := range p.parts {
		rows, unread = rows+len(part.rows), unread || part.unread
		at := slices.IndexFunc(m.DataLocation, func(l location) bool { return path.Join(p.dir, l.FilePath) == part.file })
		if at < 0 {
			v.file(PartitionContent, part.file, "is not in the manifest")
			continue
		}
		listed := m.DataLocation[at]
		if listed.TotalBytes != part.bytes {
			v.file(PartitionContent, file, "%s: %d bytes; it has %d", listed.FilePath, listed.TotalBytes, part.bytes)
		}
		if listed.TotalRows != len(part.rows) && !part.unread {
			v.file(PartitionContent, file, "%s: %d rows; it has %d", listed.FilePath, listed.TotalRows, len(part.rows))
		}
	}
	if len(m.DataLocation) > len(p.parts) {
		v.file(PartitionContent, file, "names %d files; there are %d", len(m.DataLocation), len(p.parts))
	}
	if m.Rows != rows && !unread {
		v.file(PartitionContent, file, "%d rows; there are %d", m.Rows, rows)
	}
	if v.want.vantage() {
		v.checkUploads(p)
	}
}

// checkUploads holds each part to what Vantage takes in one upload.
func (v *validator) checkUploads(p *partition) {
	const rows, bytes = 10_000, 2_000_000
	for _, part := range p.parts {
		if len(part.rows) > rows {
			v.file(VantageLimits, part.file, "%d rows; Vantage takes %d", len(part.rows), rows)
		}
		if part.bytes > bytes {
			v.file(VantageLimits, part.file, "%d bytes; Vantage takes %d", part.bytes, bytes)
		}
	}
}

// checkMissing holds what is said of completeness to itself.
func (v *validator) checkMissing(p *partition) {
	m, file := p.manifest, path.Join(p.dir, manifestName)
	if m.Complete != (len(m.Missing) == 0) {
		v.file(PartitionContent, file, "Complete is %t with %d missing windows", m.Complete, len(m.Missing))
	}
	for _, gap := range m.Missing {
		start, startErr := time.Parse(time.RFC3339Nano, gap.Start)
		end, endErr := time.Parse(time.RFC3339Nano, gap.End)
		if startErr != nil || endErr != nil || !start.Before(end) || start.Before(p.month) || end.After(p.month.AddDate(0, 1, 0)) {
			v.file(PartitionContent, file, "%q to %q is no window of the month", gap.Start, gap.End)
		}
		if _, known := v.want.BillingAccounts[gap.Account]; !known && v.want.BillingAccounts != nil {
			v.file(PartitionContent, file, "a window of %q is missing, which is not exported", gap.Account)
		}
	}
}

// checkMonth holds the row to the folder that it lies in.
func (v *validator) checkMonth(p *partition, r *row) {
	start, ok := r.month()
	if ok && !p.month.IsZero() && !monthOf(start).Equal(p.month) {
		v.row(PartitionContent, r, "", "the row of %s is not of the month of %s", start.Format(dateTimeLayout), path.Base(p.dir))
	}
}
