package focustest

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// The digits that every decimal column may have, in all and after the point.
const precision, scale = 38, 24

// checkSchema holds the schema that a manifest names to the version, and to the
// columns of the files.
func (v *validator) checkSchema(p *partition) {
	m := p.manifest
	manifestFile := path.Join(p.dir, manifestName)
	if m.FocusVersion != v.want.Version {
		v.file(SchemaMatch, manifestFile, "FocusVersion %q; want %s", m.FocusVersion, v.want.Version)
	}
	file := path.Join(schemaFolder, "schema-"+m.SchemaID+".json")
	s := v.folder.schemas[file]
	if s == nil {
		v.file(SchemaMatch, manifestFile, "there is no readable schema %s", file)
		return
	}
	if s.SchemaID != m.SchemaID {
		v.file(SchemaMatch, file, "SchemaId %q; its file is named for %q", s.SchemaID, m.SchemaID)
	}
	if s.FocusVersion != v.want.Version {
		v.file(SchemaMatch, file, "FocusVersion %q; want %s", s.FocusVersion, v.want.Version)
	}
	if _, err := time.Parse(dateTimeLayout, s.CreationDate); err != nil {
		v.file(SchemaMatch, file, "CreationDate %q is no instant of UTC to the second", s.CreationDate)
	}
	for _, definition := range s.ColumnDefinition {
		v.checkDefinition(file, definition)
	}
	for _, part := range p.parts {
		if !part.unread {
			v.checkDescribed(file, s, part)
		}
	}
}

func (v *validator) checkDefinition(file string, d columnDefinition) {
	rule, known := v.folder.columns.rule(d.ColumnName)
	if known && d.DataType != rule.kind {
		v.file(SchemaMatch, file, "%s has DataType %q; want %s", d.ColumnName, d.DataType, rule.kind)
	}
	if d.DataType != decimalType {
		return
	}
	if d.NumericPrecision == nil || *d.NumericPrecision != precision || d.NumberScale == nil || *d.NumberScale != scale {
		v.file(SchemaMatch, file, "%s should have NumericPrecision %d and NumberScale %d", d.ColumnName, precision, scale)
	}
}

// checkDescribed holds a part to its schema: columns, types, lengths.
func (v *validator) checkDescribed(file string, s *schema, part *part) {
	names := make([]string, len(s.ColumnDefinition))
	for i, definition := range s.ColumnDefinition {
		names[i] = definition.ColumnName
	}
	if !slices.Equal(names, part.header) {
		v.file(SchemaMatch, file, "its columns are not those of %s", part.file)
		return
	}
	for i, d := range s.ColumnDefinition {
		if d.StringMaxLength != nil {
			v.checkLengths(part, i, *d.StringMaxLength)
		}
		kind, typed := part.kinds[d.ColumnName]
		if typed && !parquetType(d.DataType).MatchString(kind) {
			v.file(SchemaMatch, part.file, "%s is of the Parquet type %s; want %s", d.ColumnName, kind, d.DataType)
		}
	}
}

func (v *validator) checkLengths(part *part, column, longest int) {
	for _, r := range part.rows {
		if n := utf8.RuneCountInString(r.cells[column].text); n > longest {
			v.row(SchemaMatch, r, part.header[column], "%d characters; the schema allows %d", n, longest)
		}
	}
}

// parquetType matches the names of the Parquet types that hold a DataType.
func parquetType(kind dataType) *regexp.Regexp {
	pattern := map[dataType]string{
		stringType:   `STRING`,
		jsonType:     `STRING|JSON`,
		decimalType:  fmt.Sprintf(`DECIMAL\(%d,%d\)`, precision, scale),
		dateTimeType: `TIMESTAMP\(isAdjustedToUTC=true,.*\)`,
	}[kind]
	return regexp.MustCompile(`^(?:` + pattern + `)$`)
}
