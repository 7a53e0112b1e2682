package venice

import (
	"io"
	"time"
)

// UsageHistoryParams select entries of the ledger in the order in which Venice
// keeps them, oldest first. The zero value asks for the first 1000.
type UsageHistoryParams struct {
	// Currency keeps only entries of one currency; "" keeps all. Venice refuses
	// VCU here.
	Currency Currency
	// StartTimestamp is the first instant of the range, EndTimestamp the first
	// instant after it; zero leaves that side open. They are sent to the
	// millisecond. Two ranges that share an instant have no gap and no overlap.
	StartTimestamp, EndTimestamp time.Time
	// PageSize is how many entries a page holds, 10 to 1000; 0 means 1000. A
	// page of 1000 takes Venice several seconds.
	PageSize int
	// Cursor continues a walk. It carries the filters and the page size with
	// it, so nothing else may be set beside it.
	Cursor string
}

// A UsageHistoryPage is one page of a walk through the ledger.
type UsageHistoryPage struct {
	// Data are the entries, oldest first. A page may be empty and yet not the
	// last. Never nil.
	Data []UsageEntry
	// NextCursor continues the walk; it is "" on the last page. It works for a
	// limited time that Venice does not state: walk on, do not store it.
	NextCursor string
	// Meta is what the answer's headers said.
	Meta Meta
}

// A UsageHistoryCSV is one page of a walk through the ledger as
// comma-separated values, with a header line of its own. [ReadUsageCSV] decodes
// it.
type UsageHistoryCSV struct {
	// Body is the text, to be read once. The page has arrived whole, so
	// reading it cannot fail half-way, and there is nothing to close.
	Body io.Reader
	// Filename is what Venice proposes to call the page, or "".
	Filename string
	// NextCursor continues the walk; it is "" on the last page.
	NextCursor string
	// Meta is what the answer's headers said.
	Meta Meta
}
