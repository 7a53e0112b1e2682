package focustest

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// SameBytes compares two exports of the same books, which must be equal to the
// byte.
func SameBytes(dirA, dirB string) []Finding {
	a, err := contents(dirA)
	if err != nil {
		return []Finding{{Check: SameTwice, File: ".", Text: err.Error()}}
	}
	b, err := contents(dirB)
	if err != nil {
		return []Finding{{Check: SameTwice, File: ".", Text: err.Error()}}
	}
	all := maps.Clone(a)
	maps.Copy(all, b)
	var findings []Finding
	for _, file := range slices.Sorted(maps.Keys(all)) {
		inA, okA := a[file]
		inB, okB := b[file]
		switch {
		case okA != okB:
			findings = append(findings, Finding{Check: SameTwice, File: file, Text: "is in one export only"})
		case !bytes.Equal(inA, inB):
			at := 0
			for at < min(len(inA), len(inB)) && inA[at] == inB[at] {
				at++
			}
			findings = append(findings, Finding{Check: SameTwice, File: file, Text: fmt.Sprintf("differs from byte %d on", at)})
		}
	}
	return findings
}

// contents reads all files of a folder, by their names below it.
func contents(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(relative)], err = os.ReadFile(name)
		return err
	})
	return files, err
}

// SameTotals compares an export by entry with one by day of the same books: by
// day, account, SKU and currency all costs, quantities and amounts are the same.
// Both are taken to be valid.
func SameTotals(entryDir, dayDir string) []Finding {
	columns := append([]string{"x_LedgerAmount"}, signed...)
	byEntry := dayTotals(entryDir, Expectation{Grain: "entry"}, columns)
	byDay := dayTotals(dayDir, Expectation{Grain: "day"}, columns)
	all := maps.Clone(byEntry)
	maps.Copy(all, byDay)
	var findings []Finding
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if a, b := byEntry[key], byDay[key]; !a.Equal(b) {
			findings = append(findings, Finding{
				Check: CashTotals, File: dataFolder, Column: path.Base(key),
				Text: fmt.Sprintf("%s is %s by entry and %s by day", key, a, b),
			})
		}
	}
	return findings
}

func dayTotals(dir string, want Expectation, columns []string) map[string]decimal.Decimal {
	v := &validator{want: want.withDefaults()}
	totals := map[string]decimal.Decimal{}
	for r := range v.read(dir).rows() {
		var key []string
		for _, column := range []string{"ChargePeriodStart", "BillingAccountId", "SkuId", "x_LedgerCurrency"} {
			text, _ := r.text(column)
			key = append(key, text)
		}
		for _, column := range columns {
			value, _ := r.number(column) // a null adds nothing
			name := strings.Join(append(slices.Clone(key), column), "/")
			totals[name] = totals[name].Add(value)
		}
	}
	return totals
}
