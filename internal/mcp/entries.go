package mcp

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// How many entries an answer lists.
const (
	maxEntries     = 200
	defaultEntries = 50
)

// An order is that of entries by their time.
type order string

const (
	newestFirst order = "newest"
	oldestFirst order = "oldest"
)

// A listing says which entries are listed, and how.
type listing struct {
	span
	filter
	SKUs     []string `json:"skus,omitempty" jsonschema:"only these SKUs"`
	Requests []string `json:"requests,omitempty" jsonschema:"only entries of these request ids; give since all to find them wherever they are"`
	Order    order    `json:"order,omitempty" jsonschema:"which come first: newest (default) or oldest"`
}

type entriesQuestion struct {
	listing
	Limit  int    `json:"limit,omitempty" jsonschema:"how many at most; by default 50"`
	Cursor opaque `json:"cursor,omitempty" jsonschema:"next of an answer, to go on after it; the other arguments may be left out, or must be the same again"`
}

type entries struct {
	Window  export.Window `json:"window" jsonschema:"the range that was asked for; without an end it ends where the books do"`
	Entries []entry       `json:"entries"`
	Next    *opaque       `json:"next" jsonschema:"the cursor to go on with; null when there are no more"`
	known
}

// An entry has the fields of docs/json.md.
type entry struct {
	Account          string    `json:"account"`
	Timestamp        string    `json:"timestamp"`
	SKU              string    `json:"sku" jsonschema:"what was charged"`
	PricePerUnitUSD  string    `json:"pricePerUnitUsd" jsonschema:"the price that was applied, in US dollars"`
	Units            string    `json:"units" jsonschema:"how much: millions of tokens for token SKUs, else a count"`
	Amount           string    `json:"amount" jsonschema:"what was billed, in currency: negative for a charge, positive for a purchase or refund"`
	Currency         string    `json:"currency"`
	Notes            string    `json:"notes" jsonschema:"data from outside"`
	InferenceDetails *inferred `json:"inferenceDetails" jsonschema:"the request behind the entry; null for purchases and some others"`
}

type inferred struct {
	RequestID              string `json:"requestId"`
	InferenceExecutionTime *int64 `json:"inferenceExecutionTime" jsonschema:"milliseconds"`
	PromptTokens           *int64 `json:"promptTokens" jsonschema:"of the whole request; repeated on each of its entries"`
	CompletionTokens       *int64 `json:"completionTokens" jsonschema:"of the whole request; repeated on each of its entries"`
}

func newEntry(e *ledger.Entry) entry {
	j := entry{
		Account: e.Account, Timestamp: *export.Instant(e.Timestamp), SKU: e.SKU,
		PricePerUnitUSD: e.PricePerUnitUSD.String(), Units: e.Units.String(), Amount: e.Amount.String(),
		Currency: string(e.Currency), Notes: e.Notes,
	}
	if d := e.InferenceDetails; d != nil {
		j.InferenceDetails = &inferred{d.RequestID, d.InferenceExecutionTime, d.PromptTokens, d.CompletionTokens}
	}
	return j
}

func (s *server) addEntries() error {
	return add(s, tool{"entries", "Rows of the ledger",
		fmt.Sprintf("Single entries of the ledger, as Venice billed them, newest or oldest first, at most %d to an answer; next goes on. "+
			"Entries have no id, and two equal ones can be two real charges. To add up, use totals or breakdown instead.", maxEntries)},
		s.entries, func(input *jsonschema.Schema) {
			oneOf(input.Properties["order"], newestFirst, oldestFirst)
			between(input.Properties["limit"], 1, maxEntries)
			input.Properties["cursor"].MaxLength = new(maxCursor)
		})
}

func (s *server) entries(ctx context.Context, asked entriesQuestion) (entries, error) {
	at := cursor{Listing: asked.listing}
	if asked.Cursor != "" {
		var err error
		if at, err = openCursor(asked.Cursor); err != nil {
			return entries{}, err
		}
		if !reflect.DeepEqual(asked.listing, listing{}) && !reflect.DeepEqual(asked.listing, at.Listing) {
			return entries{}, refuse("the cursor goes on with another question: repeat the arguments of that one, or leave them out")
		}
	}
	q, err := s.question(ctx, at.Listing.span, at.Listing.filter)
	if err != nil {
		return entries{}, err
	}
	q.SKUs, q.Requests = at.Listing.SKUs, at.Listing.Requests
	if asked.Cursor != "" {
		q.Window = ledger.Window{Start: at.Start, End: at.End}
	}
	covered, err := report.Cover(ctx, s.Books, q)
	if err != nil {
		return entries{}, err
	}
	q.Window = covered.Window
	at.Start, at.End = q.Window.Start, q.Window.End
	limit := asked.Limit
	if limit == 0 {
		limit = defaultEntries
	}
	answer := entries{Window: export.NewWindow(q.Window), Entries: []entry{}, known: newKnown(covered.Complete, covered.Coverage)}
	if len(q.Accounts) == 0 {
		return answer, nil
	}
	list := page{books: s.Books, selection: q.Selection, after: at.Last, most: limit + 1}
	found, err := list.read(ctx, at.Listing.Order)
	if err != nil {
		return entries{}, err
	}
	if len(found) > limit {
		found = found[:limit]
		at.Last = new(placeOf(&found[limit-1]))
		next, err := at.seal()
		if err != nil {
			return entries{}, err
		}
		answer.Next = &next
	}
	for i := range found {
		answer.Entries = append(answer.Entries, newEntry(&found[i]))
	}
	return answer, nil
}

func (e entries) text() string {
	var t strings.Builder
	fmt.Fprintf(&t, "%d entries of %s.\n%s", len(e.Entries), e.Window, e.line())
	for _, e := range e.Entries {
		fmt.Fprintf(&t, "%s %s: %s, %s %s", e.Timestamp, e.Account, e.SKU, e.Amount, e.Currency)
		fmt.Fprintf(&t, " (%s units at %s USD)", e.Units, e.PricePerUnitUSD)
		if e.InferenceDetails != nil {
			fmt.Fprintf(&t, ", request %s", e.InferenceDetails.RequestID)
		}
		if e.Notes != "" {
			fmt.Fprintf(&t, ", notes %q", e.Notes)
		}
		t.WriteByte('\n')
	}
	if e.Next != nil {
		fmt.Fprintf(&t, "There are more: go on with the cursor %s\n", *e.Next)
	}
	return t.String()
}
