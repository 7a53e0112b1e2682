package venice

import (
	"io"
	"time"
)

// SortOrder is the order of entries by time.
type SortOrder string

// The orders of [UsageParams].
const (
	Ascending  SortOrder = "asc"
	Descending SortOrder = "desc"
)

// UsageParams select entries by page number. The zero value asks for the 200
// newest entries.
type UsageParams struct {
	// Currency keeps only entries of one currency; "" keeps all.
	Currency Currency
	// StartDate is the first instant of the range, EndDate the first instant
	// after it; zero leaves that side open. They are sent to the millisecond.
	StartDate, EndDate time.Time
	// Limit is how many entries a page holds, 1 to 500; 0 means 200, and 500
	// for IterUsage, where it changes only how many requests are made.
	Limit int
	// Page is the number of the page, from 1; 0 means 1. IterUsage starts there.
	Page int
	// SortOrder is by time; "" means Descending, newest first.
	SortOrder SortOrder
	// MaxItems ends IterUsage after so many entries; 0 means no end. GetUsage
	// and GetUsageCSV refuse it.
	MaxItems int
	// CountTotals asks GetUsage to fill Totals, which can cost a walk through
	// every selected entry: one request for each 1000 of them. The others
	// refuse it.
	CountTotals bool
}

// A UsagePage is one numbered page of the ledger.
type UsagePage struct {
	// Data are the entries, in the order asked for. Never nil.
	Data []UsageEntry
	// Page and Limit are those asked for, or their defaults.
	Page, Limit int
	// HasMore says whether a later page has entries. It is always right.
	HasMore bool
	// Totals count the whole selection. They are nil when they were not counted.
	Totals *UsageTotals
	// Meta is what the last answer's headers said.
	Meta Meta
}

// UsageTotals count a whole selection of entries.
type UsageTotals struct {
	Entries int // all entries selected
	Pages   int // the pages they fill, at the page's Limit
}

// A UsageCSV is one numbered page of the ledger as comma-separated values, with
// one header line. [ReadUsageCSV] decodes it.
type UsageCSV struct {
	// Body is the text, to be read once. The page has arrived whole, so
	// reading it cannot fail half-way, and there is nothing to close.
	Body io.Reader
	// HasMore says whether a later page has entries.
	HasMore bool
	// Meta is what the last answer's headers said.
	Meta Meta
}
