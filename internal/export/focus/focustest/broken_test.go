package focustest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export/focus/focustest"
)

// A broken export is a valid one with a small fault.
type broken struct {
	name  string
	check focustest.Check
	of    func() *fixture // worked where nil
	fault func(*fixture)
}

func TestEachFaultFailsItsCheckAlone(t *testing.T) {
	t.Parallel()
	tested := map[focustest.Check]bool{}
	for _, b := range slices.Concat(brokenFiles, brokenCells, brokenRows, brokenTotals, brokenUploads) {
		tested[b.check] = true
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			of := b.of
			if of == nil {
				of = worked
			}
			f := of()
			b.fault(f)
			findings := focustest.Validate(f.write(t), f.want)
			if len(findings) == 0 {
				t.Errorf("check %d is silent", b.check)
			}
			for _, finding := range findings {
				if finding.Check != b.check {
					t.Errorf("want check %d alone: %s", b.check, finding)
				}
			}
		})
	}
	for check := focustest.FileEncoding; check <= focustest.VantageLimits; check++ {
		if !tested[check] {
			t.Errorf("no fault for check %d", check)
		}
	}
}

// set gives november's row a value; the empty one is a null.
func set(row int, column, value string) func(*fixture) {
	return func(f *fixture) {
		if value == "" {
			delete(f.rows()[row], column)
			return
		}
		f.rows()[row][column] = value
	}
}

func all(faults ...func(*fixture)) func(*fixture) {
	return func(f *fixture) {
		for _, fault := range faults {
			fault(f)
		}
	}
}

func manifest(key string, value any) func(*fixture) {
	return func(f *fixture) { f.editManifest = func(m map[string]any) { m[key] = value } }
}

func text(edit func(csv string) string) func(*fixture) {
	return func(f *fixture) { f.editText = edit }
}

func replace(old, replacement string) func(*fixture) {
	return text(func(csv string) string { return strings.Replace(csv, old, replacement, 1) })
}

// location changes what the manifest says of the first file.
func location(key string, value any) func(*fixture) {
	return func(f *fixture) {
		f.editManifest = func(m map[string]any) { m["data_location"].([]any)[0].(map[string]any)[key] = value }
	}
}

// column changes the schema's definition of BilledCost, the first column.
func column(key string, value any) func(*fixture) {
	return func(f *fixture) {
		f.editSchema = func(s map[string]any) { s["ColumnDefinition"].([]any)[0].(map[string]any)[key] = value }
	}
}

func schema(key string, value any) func(*fixture) {
	return func(f *fixture) { f.editSchema = func(s map[string]any) { s[key] = value } }
}

func without(column string) func(*fixture) { return func(f *fixture) { f.drop(column) } }

func with(column, value string) func(*fixture) { return func(f *fixture) { f.add(column, value) } }

// file adds a file to the export.
func file(name string) func(*fixture) {
	return func(f *fixture) {
		f.afterwards = func(t *testing.T, dir string) { save(t, dir, name, []byte("x\n")) }
	}
}

func cut(f *fixture) { f.editBytes = func(data []byte) []byte { return data[:len(data)/2] } }

// free makes the correction a row that needs no SKU, of a ledger nobody knows.
func free(f *fixture) {
	f.want.Source = nil
	for _, column := range []string{"SkuId", "SkuPriceId", "SkuMeter", "SkuPriceDetails"} {
		delete(f.rows()[correction], column)
	}
}

// amount gives row and entry another one, and what follows from it.
func amount(row int, text string) func(*fixture) {
	return func(f *fixture) {
		a := decimal.RequireFromString(text)
		f.want.Source[row].Amount = a
		f.rows()[row]["x_LedgerAmount"] = text
		f.rows()[row]["EffectiveCost"] = a.Neg().String()
		f.rows()[row]["PricingCurrencyEffectiveCost"] = a.Neg().String()
	}
}

// upload is an export for Vantage of one row, many times.
func upload(n int, row record) func(*fixture) {
	return func(f *fixture) {
		maps.Copy(row, f.rows()[debit])
		f.months[1].parts = [][]record{slices.Repeat([]record{row}, n)}
		f.months[1].entries = n
		f.months[1].skipped, f.months[1].rejected, f.rejects = nil, nil, nil
	}
}
