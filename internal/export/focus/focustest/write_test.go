package focustest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// write makes the export's folder.
func (f *fixture) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	const id = "7d1c4a52-0b1e-4f0e-9a51-2f6f4a3c9b10"
	definitions := make([]any, len(f.header))
	for i, name := range f.header {
		definitions[i] = definition(name)
	}
	version := f.want.Version
	if version == "" {
		version = "1.2"
	}
	schema := map[string]any{
		"SchemaId": id, "FocusVersion": version, "CreationDate": "2026-11-22T00:00:00Z", "ColumnDefinition": definitions,
	}
	if f.editSchema != nil {
		f.editSchema(schema)
	}
	save(t, dir, "metadata/schemas/schema-"+id+".json", encode(t, schema))
	save(t, dir, "metadata/data_generator.json", encode(t, map[string]string{"DataGenerator": f.generator}))
	if len(f.rejects) > 0 {
		save(t, dir, "metadata/rejects.csv", lines(t, []string{"Reason", "Account", "Timestamp", "Sku", "Amount", "Currency"}, f.rejects))
	}
	for i, m := range f.months {
		folder := "data/BILLING_PERIOD=" + m.name
		last := i == len(f.months)-1
		var locations []any
		rows := 0
		for n, part := range m.parts {
			name := fmt.Sprintf("part-%05d.%s", n+1, f.form)
			data := f.encode(t, part, last)
			save(t, dir, folder+"/"+name, data)
			locations = append(locations, map[string]any{"filepath": name, "total_bytes": len(data), "total_rows": len(part)})
			rows += len(part)
		}
		manifest := map[string]any{
			"SchemaId": id, "FocusVersion": version, "DataGenerator": "Ducat", "BillingPeriodStart": m.start,
			"BillingPeriodEnd": m.start.AddDate(0, 1, 0), "Basis": either(f.want.Basis, "prepaid"),
			"AllowanceCost": either(f.want.AllowanceCost, "zero"), "Grain": either(f.want.Grain, "entry"),
			"Profile": f.want.Profile, "Complete": true, "Missing": []any{}, "Entries": m.entries, "Rows": rows,
			"Skipped": m.skipped, "Rejected": m.rejected, "Reported": m.reported, "data_location": locations,
		}
		if last && f.editManifest != nil {
			f.editManifest(manifest)
		}
		save(t, dir, folder+"/manifest.json", encode(t, manifest))
	}
	if f.afterwards != nil {
		f.afterwards(t, dir)
	}
	return dir
}

func either(value, preset string) string {
	if value == "" {
		return preset
	}
	return value
}

// encode gives a data file; the hooks change those of the last month.
func (f *fixture) encode(t *testing.T, rows []record, last bool) []byte {
	t.Helper()
	if f.form == "parquet" {
		return f.parquet(t, rows)
	}
	records := make([][]string, len(rows))
	for i, row := range rows {
		for _, column := range f.header {
			records[i] = append(records[i], row[column])
		}
	}
	data := lines(t, f.header, records)
	if last && f.editText != nil {
		data = []byte(f.editText(string(data)))
	}
	var packed bytes.Buffer
	switch f.form {
	case "csv.gz":
		w := gzip.NewWriter(&packed)
		must(t, w, data)
		data = packed.Bytes()
	case "csv.zst":
		w, err := zstd.NewWriter(&packed)
		if err != nil {
			t.Fatal(err)
		}
		must(t, w, data)
		data = packed.Bytes()
	}
	if last && f.editBytes != nil {
		data = f.editBytes(data)
	}
	return data
}

func must(t *testing.T, w interface {
	Write([]byte) (int, error)
	Close() error
}, data []byte) {
	t.Helper()
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func lines(t *testing.T, header []string, records [][]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(append([][]string{header}, records...)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func save(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// dataType is the type of a column, by its name.
func dataType(column string) string {
	switch {
	case strings.Contains(column, "Period") || column == "x_LedgerTimestamp":
		return "DATETIME"
	case strings.HasSuffix(column, "Details") || column == "Tags":
		return "JSON"
	case strings.HasSuffix(column, "Cost"), strings.HasSuffix(column, "UnitPrice"), strings.HasSuffix(column, "Quantity"),
		strings.HasSuffix(column, "Tokens"), strings.HasSuffix(column, "Milliseconds"), strings.HasSuffix(column, "Count"),
		column == "x_LedgerAmount":
		return "DECIMAL"
	}
	return "STRING"
}

func definition(column string) map[string]any {
	kind := dataType(column)
	d := map[string]any{"ColumnName": column, "DataType": kind}
	switch kind {
	case "DECIMAL":
		d["NumericPrecision"], d["NumberScale"] = 38, 24
	case "STRING", "JSON":
		d["StringMaxLength"], d["StringEncoding"] = 300_000, "UTF-8"
	}
	return d
}
