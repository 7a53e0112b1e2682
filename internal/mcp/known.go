package mcp

import (
	"cmp"
	"slices"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/report"
)

// maxMissing is how many missing windows of an account are listed, and maxAccounts
// how many accounts.
const (
	maxMissing  = 20
	maxAccounts = 50
)

// What is known stands at the end of every answer.
type known struct {
	Complete        bool              `json:"complete" jsonschema:"whether the books have all that the answer is about, for every account; if not, sums are too low by an unknown amount"`
	Coverage        []export.Coverage `json:"coverage" jsonschema:"up to when each account is known (asOf; null for never) and what is missing of it"`
	AccountsOmitted int               `json:"accountsOmitted" jsonschema:"how many further accounts the lists of accounts leave out; those that lack something come first, and others can be asked for by name"`
	MissingOmitted  int               `json:"missingOmitted" jsonschema:"how many further windows the lists of what is missing leave out"`
	Mend            *string           `json:"mend" jsonschema:"what the user can do to complete the answer; null when it is complete"`

	lacks string // what is missing, in words
}

func newKnown(complete bool, coverage []report.Coverage) known {
	listed, omitted := report.Neediest(coverage, maxAccounts, report.ByLack)
	k := known{Complete: complete, Coverage: export.NewCoverage(listed), AccountsOmitted: omitted}
	if !complete {
		k.lacks, k.Mend = report.MissingText(coverage), new(report.Remedy(coverage))
	}
	for i := range k.Coverage {
		if all := k.Coverage[i].Missing; len(all) > maxMissing {
			k.MissingOmitted += len(all) - maxMissing
			k.Coverage[i].Missing = all[:maxMissing]
		}
	}
	return k
}

// lists says whether an account is one of those that are listed.
func (k known) lists(account string) bool {
	return slices.ContainsFunc(k.Coverage, func(c export.Coverage) bool { return c.Account == account })
}

// line says the same in words.
func (k known) line() string {
	if !k.Complete {
		return "INCOMPLETE: " + clean(k.lacks, maxText) + "; to mend it, " + *k.Mend + ".\n"
	}
	var oldest export.Coverage
	for i, c := range k.Coverage {
		if i == 0 || value(c.AsOf) < value(oldest.AsOf) {
			oldest = c
		}
	}
	return "Complete as of " + cmp.Or(value(oldest.AsOf), "never") + ".\n"
}

// value is "" for what is not there.
func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
