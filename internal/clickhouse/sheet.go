package clickhouse

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// Signs of the rows of the journal.
const (
	isEntry    int8 = 1
	isRemoval  int8 = -1
	isCoverage int8 = 0
)

// A sheet has the rows of one change, by column, which is how the driver takes
// them fastest.
type sheet struct {
	account    string
	version    uint64
	recordedAt time.Time

	accounts, skus, models, meters, units, currencies, notes []string
	timestamps, recorded                                     []time.Time
	identities                                               [][]byte
	ordinals                                                 []uint32
	added, versions, changes, previous                       []uint64
	signs                                                    []int8
	prices, quantities, amounts                              []decimal.Decimal
	requests                                                 []*string
	execution, prompt, completion                            []*int64
	starts, ends, readAt                                     [][]time.Time

	parsed map[string]venice.SKU // of few: entries repeat theirs
}

// row adds what rows of all kinds have.
func (s *sheet) row(at time.Time, id []byte, ordinal uint32, added uint64, sign int8) {
	s.accounts = append(s.accounts, s.account)
	s.timestamps = append(s.timestamps, at)
	s.identities = append(s.identities, id)
	s.ordinals = append(s.ordinals, ordinal)
	s.added = append(s.added, added)
	s.signs = append(s.signs, sign)
	s.versions = append(s.versions, s.version)
	s.recorded = append(s.recorded, s.recordedAt)
}

// entry adds an entry, or the removal of one that the change with the version
// added brought.
func (s *sheet) entry(e *venice.UsageEntry, id ledger.Identity, ordinal int, added uint64, sign int8) {
	s.row(e.Timestamp.UTC(), id[:], uint32(ordinal), added, sign)
	sku, known := s.parsed[e.SKU]
	if !known {
		sku = venice.ParseSKU(e.SKU)
		s.parsed[e.SKU] = sku
	}
	s.skus = append(s.skus, e.SKU)
	s.models = append(s.models, sku.Model)
	s.meters = append(s.meters, sku.Meter)
	s.units = append(s.units, string(sku.Unit))
	s.prices = append(s.prices, e.PricePerUnitUSD)
	s.quantities = append(s.quantities, e.Units)
	s.amounts = append(s.amounts, e.Amount)
	s.currencies = append(s.currencies, string(e.Currency))
	s.notes = append(s.notes, e.Notes)
	var d venice.InferenceDetails
	if e.InferenceDetails == nil {
		s.requests = append(s.requests, nil)
	} else {
		d = *e.InferenceDetails
		s.requests = append(s.requests, &e.InferenceDetails.RequestID)
	}
	s.execution = append(s.execution, d.InferenceExecutionTime)
	s.prompt = append(s.prompt, d.PromptTokens)
	s.completion = append(s.completion, d.CompletionTokens)
	s.changes, s.previous = append(s.changes, 0), append(s.previous, 0)
	s.starts, s.ends, s.readAt = append(s.starts, nil), append(s.ends, nil), append(s.readAt, nil)
}

// coverage adds the account's coverage after the change.
func (s *sheet) coverage(h head) {
	s.row(time.Unix(0, 0).UTC(), make([]byte, len(ledger.Identity{})), 0, 0, isCoverage)
	for _, column := range []*[]string{&s.skus, &s.models, &s.meters, &s.units, &s.currencies, &s.notes} {
		*column = append(*column, "")
	}
	for _, column := range []*[]decimal.Decimal{&s.prices, &s.quantities, &s.amounts} {
		*column = append(*column, decimal.Zero)
	}
	s.requests = append(s.requests, nil)
	for _, column := range []*[]*int64{&s.execution, &s.prompt, &s.completion} {
		*column = append(*column, nil)
	}
	s.changes, s.previous = append(s.changes, h.change), append(s.previous, h.previous)
	starts, ends, readAt := make([]time.Time, len(h.coverage)), make([]time.Time, len(h.coverage)), make([]time.Time, len(h.coverage))
	for i, w := range h.coverage {
		starts[i], ends[i], readAt[i] = w.Start, w.End, w.ReadAt
	}
	s.starts, s.ends, s.readAt = append(s.starts, starts), append(s.ends, ends), append(s.readAt, readAt)
}

// insert puts the sheet down as one block.
func (s *sheet) insert(ctx context.Context, conn driver.Conn) error {
	batch, err := conn.PrepareBatch(ctx, `INSERT INTO ledger_journal (account, timestamp, identity, ordinal, added, sign, version, recorded_at,
		sku, model, meter, unit, price, units, amount, currency, notes, request_id, execution_ms, prompt_tokens, completion_tokens,
		change, previous, window_starts, window_ends, windows_read_at)`)
	if err != nil {
		return err
	}
	for i, column := range []any{
		s.accounts, s.timestamps, s.identities, s.ordinals, s.added, s.signs, s.versions, s.recorded,
		s.skus, s.models, s.meters, s.units, s.prices, s.quantities, s.amounts, s.currencies, s.notes, s.requests, s.execution, s.prompt, s.completion,
		s.changes, s.previous, s.starts, s.ends, s.readAt,
	} {
		if err := batch.Column(i).Append(column); err != nil {
			_ = batch.Abort() // err says more
			return err
		}
	}
	return batch.Send()
}
