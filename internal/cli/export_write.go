package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ducat-ledger/ducat/internal/duckdb"
	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// exporting is an export under way.
type exporting struct {
	app
	snapshot  ledger.Snapshot
	books     ledger.Books // the snapshot, counted
	selection ledger.Selection
	options   *exportOptions
	covered   *report.Report                  // without rows
	billed    map[string]focus.BillingAccount // for focus
	bar       *progressBar
}

func (e *exporting) write(ctx context.Context) error {
	o := e.options
	switch {
	case o.format.value == formatFocus:
		return e.focus(ctx, o.focus.options(o.compress.value, e.billed))
	case o.format.value == formatParquet && o.partition:
		return e.partitions(ctx)
	case o.format.value == formatParquet:
		return e.parquet(ctx, o.out, e.selection, true)
	}
	compression := export.Compression(o.compress.value)
	text := func(w io.Writer) error { return e.text(ctx, w) }
	if o.out == toStdout {
		return compression.Pack(e.out, text)
	}
	if err := e.mark(); err != nil {
		return err
	}
	return export.WholeFile(o.out, compression, text)
}

// text writes the forms that are written entry by entry.
func (e *exporting) text(ctx context.Context, out io.Writer) error {
	w := export.NewLineWriter(out)
	entries := e.books.Entries(ctx, e.selection)
	var err error
	switch e.options.format.value {
	case formatNDJSON:
		err = export.WriteNDJSON(w, entries, export.AppendEntry)
	case formatJSON:
		err = export.WriteJSON(w, export.NewStatement(e.covered, e.selection), entries)
	default:
		err = export.WriteCSV(w, entries, export.CSV{Account: e.options.withAccount, Raw: e.options.raw})
	}
	return errors.Join(err, w.Flush())
}

// mark puts a file beside a csv or ndjson file that says what it lacks, or takes
// away one that is no longer true.
func (e *exporting) mark() error {
	path := e.options.out + export.IncompleteSuffix
	if e.covered.Complete || e.options.format.value == formatJSON {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return export.WholeFile(path, export.Plain, func(w io.Writer) error { return writeJSON(w, "  ", export.NewStatement(e.covered, e.selection)) })
}

// parquet lets a database write a file.
func (e *exporting) parquet(ctx context.Context, path string, s ledger.Selection, withAccount bool) error {
	note, err := json.Marshal(export.NewStatement(e.covered, s))
	if err != nil {
		return err
	}
	return export.Whole(path, func(draft string) error {
		defer e.bar.watch(filepath.Base(path), draft)()
		return writeParquet(ctx, e.snapshot, s, draft, string(note), withAccount)
	})
}

// writeParquet lets the database write, or DuckDB for one that cannot.
func writeParquet(ctx context.Context, books ledger.Snapshot, s ledger.Selection, path, note string, withAccount bool) error {
	if file, ok := books.(duckdb.Snapshot); ok {
		return file.WriteParquet(ctx, s, path, note, withAccount)
	}
	return duckdb.WriteParquet(ctx, books.Entries(ctx, s), path, note, withAccount)
}

// partitions writes a file for each account and UTC month, in folders that engines
// know how to read.
func (e *exporting) partitions(ctx context.Context) error {
	seen, err := months(ctx, e.books, e.selection)
	if err != nil {
		return err
	}
	for _, account := range slices.Sorted(maps.Keys(seen)) {
		for _, month := range slices.Sorted(slices.Values(seen[account])) {
			start, err := time.Parse("2006-01", month)
			if err != nil {
				return err
			}
			s := e.selection
			s.Accounts = []string{account}
			s.Window = s.Window.Intersect(ledger.Window{Start: start, End: start.AddDate(0, 1, 0)})
			folder := filepath.Join(e.options.out, "account="+url.PathEscape(account), "billing_period="+month)
			if err := os.MkdirAll(folder, 0o777); err != nil {
				return err
			}
			if err := e.parquet(ctx, filepath.Join(folder, "entries.parquet"), s, false); err != nil {
				return err
			}
		}
	}
	return nil
}
