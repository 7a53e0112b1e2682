package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// parquetColumns are those that a Parquet file of entries must have, with the
// types that lose nothing. Only the account may be left out.
var parquetColumns = []struct{ name, kind string }{
	{"account", "VARCHAR"}, {"timestamp", "TIMESTAMP WITH TIME ZONE"}, {"sku", "VARCHAR"},
	{"price_per_unit_usd", "DECIMAL"}, {"units", "DECIMAL"}, {"amount", "DECIMAL"},
	{"currency", "VARCHAR"}, {"notes", "VARCHAR"}, {"request_id", "VARCHAR"},
	{"execution_ms", "BIGINT"}, {"prompt_tokens", "BIGINT"}, {"completion_tokens", "BIGINT"},
}

// ParquetFile is a Parquet file of entries, as 'ducat export' writes it.
type ParquetFile struct {
	path      string // as DuckDB must be told it
	db        *handle
	statement string
	rows      int64
	named     bool // each row says whose it is
}

// OpenParquet opens a Parquet file of entries, with a database in memory that
// must be closed. Options.Wait has no meaning here.
func OpenParquet(ctx context.Context, path string, o Options) (*ParquetFile, error) {
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db, err := open("", o.withDefaults(), "")
	if err != nil {
		return nil, err
	}
	p := &ParquetFile{path: noPattern.Replace(whole), db: db}
	if err := p.look(ctx); err != nil {
		return nil, errors.Join(p.explain(ctx, err), db.Close())
	}
	return p, nil
}

// look reads what the file says of itself.
func (p *ParquetFile) look(ctx context.Context) error {
	type column struct{ name, kind string }
	columns, err := collect(ctx, p.db, func(c *column) []any { return []any{&c.name, &c.kind} },
		"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+p.source()+")")
	if err != nil {
		return err
	}
	kinds := map[string]string{}
	for _, c := range columns {
		kinds[c.name] = c.kind
	}
	if _, p.named = kinds["account"]; !p.named {
		kinds["account"] = "VARCHAR" // the note tells it
	}
	for _, want := range parquetColumns {
		switch kind, has := kinds[want.name]; {
		case !has:
			return fmt.Errorf("no column %s: expected a Parquet file that 'ducat export' wrote", want.name)
		case !strings.HasPrefix(kind, want.kind):
			return fmt.Errorf("column %s is %s, expected %s, which loses no digit", want.name, kind, want.kind)
		}
	}
	if err := p.db.QueryRowContext(ctx, "SELECT num_rows FROM parquet_file_metadata("+quote(p.path)+")").Scan(&p.rows); err != nil {
		return err
	}
	err = p.db.QueryRowContext(ctx, "SELECT decode(value) FROM parquet_kv_metadata("+quote(p.path)+") WHERE decode(key) = "+quote(ParquetNote)).Scan(&p.statement)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// noPattern spells a path so that it stands for nothing but itself, where patterns
// are understood.
var noPattern = strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]")

// source is the file in a query. Folders named like account=x are no columns.
func (p *ParquetFile) source() string {
	return "read_parquet(" + quote(p.path) + ", file_row_number = true, hive_partitioning = false)"
}

// Statement is the note that says what the file holds, or "".
func (p *ParquetFile) Statement() string { return p.statement }

// Rows is how many there are.
func (p *ParquetFile) Rows() int64 { return p.rows }

// Close ends the use of the file.
func (p *ParquetFile) Close() error { return p.db.Close() }

// Entries gives the rows in the order of the file, with account and usage and
// nothing else, and reads them in parts. An error is yielded once, in the place
// of the row that it is about, and ends the sequence.
func (p *ParquetFile) Entries(ctx context.Context) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for from := int64(0); from < p.rows; from += pageSize {
			rows, err := p.page(ctx, from)
			if err != nil {
				yield(ledger.Entry{}, p.explain(ctx, err))
				return
			}
			for i := range rows {
				e, err := rows[i].entry()
				if err != nil {
					err = fmt.Errorf("row %d: %w", from+int64(i)+1, err)
				}
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// page reads some rows. Groups of rows that have none of them are not read.
func (p *ParquetFile) page(ctx context.Context, from int64) ([]parquetRow, error) {
	account := "account"
	if !p.named {
		account = "NULL::VARCHAR"
	}
	rows, err := collect(ctx, p.db, (*parquetRow).fields, `
		SELECT `+account+`, timestamp, sku, price_per_unit_usd, units, amount, currency, notes,
			request_id, execution_ms, prompt_tokens, completion_tokens
		FROM `+p.source()+`
		WHERE file_row_number >= ? AND file_row_number < ? ORDER BY file_row_number`, from, from+pageSize)
	if want := min(pageSize, p.rows-from); err == nil && int64(len(rows)) != want {
		err = fmt.Errorf("rows %d to %d are %d", from+1, from+want, len(rows))
	}
	return rows, err
}

// A parquetRow is a row of a file, where anything may be null.
type parquetRow struct {
	account, sku, currency, notes *string
	timestamp                     *time.Time
	price, units, amount          number
	requestID                     *string
	execution, prompt, completion *int64
}

func (r *parquetRow) fields() []any {
	return []any{
		&r.account, &r.timestamp, &r.sku, &r.price, &r.units, &r.amount, &r.currency, &r.notes,
		&r.requestID, &r.execution, &r.prompt, &r.completion,
	}
}

func (r *parquetRow) entry() (ledger.Entry, error) {
	for _, required := range []struct {
		name string
		has  bool
	}{
		{"timestamp", r.timestamp != nil}, {"sku", r.sku != nil && *r.sku != ""},
		{"price_per_unit_usd", r.price.Valid}, {"units", r.units.Valid}, {"amount", r.amount.Valid},
		{"currency", r.currency != nil && *r.currency != ""},
	} {
		if !required.has {
			return ledger.Entry{}, fmt.Errorf("%s is missing", required.name)
		}
	}
	e := ledger.Entry{Account: text(r.account), UsageEntry: venice.UsageEntry{
		Timestamp:       r.timestamp.UTC(),
		SKU:             *r.sku,
		PricePerUnitUSD: r.price.Decimal,
		Units:           r.units.Decimal,
		Amount:          r.amount.Decimal,
		Currency:        venice.Currency(*r.currency),
		Notes:           text(r.notes),
	}}
	switch {
	case r.requestID != nil:
		e.InferenceDetails = &venice.InferenceDetails{
			RequestID: *r.requestID, InferenceExecutionTime: r.execution, PromptTokens: r.prompt, CompletionTokens: r.completion,
		}
	case r.execution != nil || r.prompt != nil || r.completion != nil:
		return e, errors.New("request_id is missing, where there are other details of the request")
	}
	return e, nil
}

// text is a text that may be null.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// explain leaves out what DuckDB says beyond the first line.
func (p *ParquetFile) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.New(firstLine(err.Error()))
}
