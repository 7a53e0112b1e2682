package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// An exported is what a viewer asked for, of books that stay as they are.
type exported struct {
	books     ledger.Snapshot
	selection ledger.Selection
	covered   *report.Report // without rows
	search    string
}

// entries are those of the view, the oldest first.
func (e *exported) entries(ctx context.Context) iter.Seq2[ledger.Entry, error] {
	return searching(e.books.Entries(ctx, e.selection), e.search)
}

func (e *exported) statement() export.Statement {
	s := export.NewStatement(e.covered, e.selection)
	s.Search = e.search
	return s
}

// A form is a way to write entries.
type form struct {
	text, file, extension, mediaType string
	write                            func(ctx context.Context, w *export.LineWriter, e *exported) error
}

// forms are those that a view can be exported in.
func (d *dashboard) forms(accounts []string, search string) []form {
	forms := []form{
		{"CSV", "entries.csv", "csv", "text/csv; charset=utf-8", func(ctx context.Context, w *export.LineWriter, e *exported) error {
			return export.WriteCSV(w, e.entries(ctx), export.CSV{Account: len(e.selection.Accounts) > 1})
		}},
		{"NDJSON", "entries.ndjson", "ndjson", "application/x-ndjson", func(ctx context.Context, w *export.LineWriter, e *exported) error {
			return export.WriteNDJSON(w, e.entries(ctx), export.AppendEntry)
		}},
		{"JSON", "entries.json", "json", "application/json", func(ctx context.Context, w *export.LineWriter, e *exported) error {
			return export.WriteJSON(w, e.statement(), e.entries(ctx))
		}},
	}
	if search != "" { // which the others do not know
		return forms
	}
	if d.Parquet != nil {
		forms = append(forms, form{"Parquet", "entries.parquet", "parquet", "application/vnd.apache.parquet", d.writeParquet})
	}
	billed := func(account string) bool { return d.Billing[account].ID != "" }
	if len(accounts) > 0 && !slices.ContainsFunc(accounts, func(account string) bool { return !billed(account) }) {
		forms = append(forms, form{"FOCUS", "focus.csv", "focus.csv", "text/csv; charset=utf-8", d.writeFocus})
	}
	return forms
}

// writeParquet sends what the database wrote into a file of its own.
func (d *dashboard) writeParquet(ctx context.Context, w *export.LineWriter, e *exported) (err error) {
	note, err := json.Marshal(e.statement())
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "ducat-export-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "entries.parquet")
	if err := d.Parquet(ctx, e.books, e.selection, path, string(note)); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

// writeFocus writes FOCUS as the command does without flags.
func (d *dashboard) writeFocus(ctx context.Context, w *export.LineWriter, e *exported) error {
	_, err := focus.WriteCSV(ctx, e.books, w, focus.Options{
		Accounts: d.Billing, Selection: e.selection, Complete: e.covered.Complete, Coverage: e.covered.Coverage,
	})
	return err
}

// headerComplete says whether an export has all that Venice had in its range.
const headerComplete = "Ducat-Complete"

// export streams the entries of a view, from the oldest to the newest. A failure
// after the first byte breaks the connection, so that no part passes for all.
func (d *dashboard) export(w http.ResponseWriter, r *http.Request) {
	ctx, now := r.Context(), d.Now().Truncate(time.Second)
	version, err := d.version(ctx)
	if err != nil {
		d.unavailable(w, r, err)
		return
	}
	accounts, err := d.accounts(ctx, version)
	if err != nil {
		d.unavailable(w, r, err)
		return
	}
	p, wrong := readParams(r.URL.Query(), accounts)
	q, more := p.question(now, accounts)
	if wrong = append(wrong, more...); len(wrong) > 0 {
		http.Error(w, strings.Join(wrong, "\n"), http.StatusBadRequest)
		return
	}
	if len(q.Accounts) == 0 {
		http.Error(w, "the books are empty: there is nothing to export yet", http.StatusNotFound)
		return
	}
	forms := d.forms(q.Accounts, p.Search)
	i := slices.IndexFunc(forms, func(f form) bool { return f.file == r.PathValue("file") })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	f := forms[i]
	books, err := d.Books.Snapshot(ctx)
	if err != nil {
		d.unavailable(w, r, err)
		return
	}
	defer func() {
		if err := books.Close(); err != nil {
			d.Log.Error("closing the snapshot of an export", "error", err)
		}
	}()
	covered, err := report.Cover(ctx, books, q)
	if err != nil {
		d.unavailable(w, r, err)
		return
	}
	q.Window = covered.Window
	h := w.Header()
	h.Set("Content-Type", f.mediaType)
	h.Set("Content-Disposition", `attachment; filename="`+fileName(covered, q.Zone, f.extension)+`"`)
	h.Set("Cache-Control", "no-store")
	h.Set(headerComplete, map[bool]string{true: "true", false: "false"}[covered.Complete])
	if r.Method == http.MethodHead {
		return
	}
	out := export.NewLineWriter(w)
	err = f.write(ctx, out, &exported{books, q.Selection, covered, p.Search})
	if err := errors.Join(err, out.Flush()); err != nil {
		if !errors.Is(err, ctx.Err()) && !errors.Is(err, io.ErrClosedPipe) {
			d.Log.Error("export", "file", f.file, "error", err)
		}
		panic(http.ErrAbortHandler) // what net/http has for breaking a connection
	}
}

// searching leaves out the entries that do not mention a text.
func searching(entries iter.Seq2[ledger.Entry, error], text string) iter.Seq2[ledger.Entry, error] {
	text = strings.ToLower(text)
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range entries {
			if (err != nil || mentions(&e, text)) && !yield(e, err) {
				return
			}
		}
	}
}

// fileName names the range, and says where it is not complete.
func fileName(covered *report.Report, zone *time.Location, extension string) string {
	name := "ducat"
	if covered.Window.Start.After(ledger.Beginning) {
		name += "-" + covered.Window.Start.In(zone).Format(time.DateOnly)
	}
	name += "-until-" + covered.Window.End.In(zone).Format("2006-01-02T1504")
	if !covered.Complete {
		name += ".incomplete"
	}
	return name + "." + extension
}
