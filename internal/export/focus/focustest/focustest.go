// Package focustest judges a FOCUS export by its files alone. It is an oracle:
// it shares no code with the exporter, and knows the columns, the formats and
// the arithmetic by itself.
package focustest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// An Expectation says what an export should be. The zero value is FOCUS 1.2,
// one row per entry, on the prepaid basis, with allowances at no cost.
type Expectation struct {
	Version       string // "1.2", "1.3" or "1.4"
	Grain         string // "entry" or "day"
	Basis         string // "prepaid" or "consumption"
	AllowanceCost string // "zero" or "face"
	Profile       string // "" or "vantage"
	// BillingAccounts gives the BillingAccountId of each account in the books;
	// nil says nothing about them.
	BillingAccounts map[string]string
	// Source are the entries that were to be exported. Nil is unknown: then the
	// rows are held only to what the folder itself says.
	Source []ledger.Entry
}

func (e Expectation) withDefaults() Expectation {
	for _, setting := range []struct {
		value  *string
		preset string
	}{
		{&e.Version, "1.2"}, {&e.Grain, "entry"}, {&e.Basis, "prepaid"}, {&e.AllowanceCost, "zero"},
	} {
		if *setting.value == "" {
			*setting.value = setting.preset
		}
	}
	return e
}

func (e Expectation) vantage() bool { return e.Profile == "vantage" }

// A Finding is one breach of one check.
type Finding struct {
	Check  Check
	File   string // below the export's folder, with slashes
	Row    int    // from 1, the header not counted; 0 where it is no row
	Column string
	Text   string
}

func (f Finding) String() string {
	var at strings.Builder
	at.WriteString(f.File)
	if f.Row > 0 {
		fmt.Fprintf(&at, " row %d", f.Row)
	}
	if f.Column != "" {
		fmt.Fprintf(&at, " %s", f.Column)
	}
	return fmt.Sprintf("check %d: %s: %s", f.Check, &at, f.Text)
}

// Validate reads the export in a folder and returns all that is wrong with it.
// A cell that fails a check is not judged again by the checks after that, nor is
// a sum of which it is part: one fault gives one finding wherever that can be.
func Validate(dir string, want Expectation) []Finding {
	v := &validator{want: want.withDefaults()}
	v.folder = v.read(dir)
	v.checkFiles()
	for _, p := range v.folder.partitions {
		for r := range p.rows() {
			v.checkTypes(r)
			v.checkEnums(r)
			v.checkTimes(p, r)
			v.checkNulls(r)
			v.checkArithmetic(r)
		}
		v.checkReported(p)
	}
	v.checkCorrections()
	v.checkKeys()
	v.checkCounts()
	v.checkTotals()
	return v.findings
}

type validator struct {
	want     Expectation
	folder   folder
	findings []Finding
	// unread says that some rows are not known, so that totals say nothing.
	unread bool
}

// file reports on a whole file.
func (v *validator) file(check Check, file, format string, args ...any) {
	v.findings = append(v.findings, Finding{Check: check, File: file, Text: fmt.Sprintf(format, args...)})
}

// row reports on a row, at a column where there is one to blame.
func (v *validator) row(check Check, r *row, column, format string, args ...any) {
	v.findings = append(v.findings, Finding{
		Check: check, File: r.part.file, Row: r.place, Column: column, Text: fmt.Sprintf(format, args...),
	})
}

// refuse reports on a cell and keeps it from all later checks.
func (v *validator) refuse(check Check, r *row, column, format string, args ...any) {
	v.row(check, r, column, format, args...)
	r.cell(column).state = refused
}

// oneOf refuses a cell that is none of the allowed values.
func (v *validator) oneOf(check Check, r *row, column string, allowed ...string) {
	if text, ok := r.text(column); ok && !slices.Contains(allowed, text) {
		v.refuse(check, r, column, "%q; want one of %q", text, allowed)
	}
}
