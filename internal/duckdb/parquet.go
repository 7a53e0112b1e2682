package duckdb

import (
	"context"
	"fmt"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// ParquetNote is the name of the note in the file's key-value metadata.
const ParquetNote = "ducat"

// WriteParquet writes the selected entries, in the order of Entries, to a new
// Parquet file: the columns of the view entries, with decimals as DECIMAL(38, 24)
// and times as instants of UTC, compressed by zstd. note says what the file holds;
// programs find it in the metadata. The account's column is left out where the
// file's place tells it.
func (s Snapshot) WriteParquet(ctx context.Context, selection ledger.Selection, path, note string, withAccount bool) error {
	return s.frozen.writeParquet(ctx, selects(selection), path, note, withAccount)
}

func (h *handle) writeParquet(ctx context.Context, where condition, path, note string, withAccount bool) error {
	columns := "account, "
	if !withAccount {
		columns = ""
	}
	_, err := h.ExecContext(ctx, `
		COPY (
			SELECT `+columns+`ts AT TIME ZONE 'UTC' AS timestamp, sku, model, meter, unit,
				price AS price_per_unit_usd, units, amount, currency, notes,
				request_id, execution_ms, prompt_tokens, completion_tokens
			FROM ledger_entries JOIN ledger_skus USING (sku)`+where.sql()+`
			ORDER BY ts, account, identity, ordinal
		) TO `+quote(path)+` (FORMAT parquet, COMPRESSION zstd, KV_METADATA {`+ParquetNote+`: `+quote(note)+`})`, where.args...)
	switch {
	case ctx.Err() != nil: // the query was interrupted
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
