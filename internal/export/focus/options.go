package focus

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// The values of Options. The first of each kind is the default.
const (
	Version12 = "1.2"
	Version13 = "1.3"
	Version14 = "1.4"

	GrainEntry = "entry" // a row for each entry
	GrainDay   = "day"   // a row for each UTC day, account, SKU, price, currency and direction

	BasisPrepaid     = "prepaid"     // top-ups are billed, usage draws on them
	BasisConsumption = "consumption" // usage in USD is billed, top-ups are left out

	AllowanceZero = "zero" // what DIEM and credits pay for has no effective cost
	AllowanceFace = "face" // it costs its value in US dollars

	CSV     = "csv"
	Parquet = "parquet"

	Plain = ""
	Gzip  = "gzip"
	Zstd  = "zstd"

	// ProfileVantage writes what Vantage takes as a custom provider's costs.
	ProfileVantage = "vantage"
)

// A BillingAccount is what FOCUS calls an account of the provider.
type BillingAccount struct {
	ID   string // required: the provider's or the user's own, the same for ever
	Name string // for people; may be ""
}

// Options choose what is written and how. The zero value lacks only Accounts.
type Options struct {
	Version       string // of FOCUS
	Grain         string
	Basis         string // ProfileVantage has BasisConsumption only
	AllowanceCost string
	Profile       string // "" or ProfileVantage
	File          string
	Compress      string // of CSV

	// Accounts say, by the account's name in Ducat, what FOCUS is to call it.
	// Every account that has entries in the selection needs one.
	Accounts map[string]BillingAccount
	// Selection chooses the entries. The months at its edges are exported as far
	// as it reaches.
	Selection ledger.Selection

	// Complete and Coverage are what the caller knows of the books within the
	// selection; they are passed on in the manifests.
	Complete bool
	Coverage []report.Coverage

	// ToParquet makes a Parquet file of a CSV file with a header; an empty field
	// is NULL. It is needed for Parquet.
	ToParquet func(ctx context.Context, csvPath, parquetPath string, columns []SQLColumn) error
}

// A SQLColumn is a column of a CSV file and the type that it has in SQL.
type SQLColumn struct {
	Name string
	Type string // VARCHAR, DECIMAL(38,24) or TIMESTAMP WITH TIME ZONE
}

// Check refuses what cannot be exported, apart from accounts that only the books
// know of. Export does it first.
func (o Options) Check() error {
	_, err := o.checked()
	return err
}

// checked fills in the defaults.
func (o Options) checked() (Options, error) {
	if o.Profile == ProfileVantage && o.Basis == "" {
		o.Basis = BasisConsumption
	}
	for _, c := range []struct {
		name    string
		value   *string
		allowed []string
	}{
		{"version", &o.Version, []string{Version12, Version13, Version14}},
		{"grain", &o.Grain, []string{GrainEntry, GrainDay}},
		{"basis", &o.Basis, []string{BasisPrepaid, BasisConsumption}},
		{"allowance cost", &o.AllowanceCost, []string{AllowanceZero, AllowanceFace}},
		{"profile", &o.Profile, []string{"", ProfileVantage}},
		{"file", &o.File, []string{CSV, Parquet}},
		{"compression", &o.Compress, []string{Plain, Gzip, Zstd}},
	} {
		if *c.value == "" {
			*c.value = c.allowed[0]
		}
		if !slices.Contains(c.allowed, *c.value) {
			return o, fmt.Errorf("focus: unknown %s %q: expected one of %q", c.name, *c.value, c.allowed)
		}
	}
	switch {
	case o.File == Parquet && o.Compress != Plain:
		return o, fmt.Errorf("focus: %s is for CSV: Parquet files are compressed inside", o.Compress)
	case o.File == Parquet && o.ToParquet == nil:
		return o, errors.New("focus: nothing is given that writes Parquet: choose CSV")
	case o.Profile == ProfileVantage && o.Basis != BasisConsumption:
		return o, errors.New("focus: Vantage takes no purchases: choose the consumption basis")
	case o.Profile == ProfileVantage && (o.File != CSV || o.Compress != Plain):
		return o, errors.New("focus: Vantage takes plain CSV: leave out Parquet and compression")
	}
	return o, o.checkAccounts(o.Selection.Accounts)
}

// checkAccounts refuses accounts that FOCUS cannot be told of.
func (o Options) checkAccounts(names []string) error {
	used := map[string]string{}
	for _, name := range names {
		a := o.Accounts[name]
		if a.ID == "" {
			return fmt.Errorf("focus: account %s has no billing account id, which FOCUS requires and the ledger does not tell: "+
				"choose one that will stay the same, such as the account's id at Venice", name)
		}
		for _, text := range []string{a.ID, a.Name} {
			if reason := unfit(text); text != "" && reason != "" {
				return fmt.Errorf("focus: billing account %q of account %s: %s", text, name, reason)
			}
		}
		if other, taken := used[a.ID]; taken && other != name {
			return fmt.Errorf("focus: accounts %s and %s have the same billing account id %q: give each its own",
				other, name, a.ID)
		}
		used[a.ID] = name
	}
	return nil
}
