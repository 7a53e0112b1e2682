package dashboard

import (
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
)

// A form is a way to write entries.
type form struct {
	name, mediaType string
	write           func(w *export.LineWriter, covered *report.Report, entries iter.Seq2[ledger.Entry, error]) error
}

// forms are by the name of the file that is asked for.
var forms = map[string]form{
	"entries.csv": {"csv", "text/csv; charset=utf-8", func(w *export.LineWriter, covered *report.Report, entries iter.Seq2[ledger.Entry, error]) error {
		return export.WriteCSV(w, entries, export.CSV{Account: len(covered.Coverage) > 1})
	}},
	"entries.ndjson": {"ndjson", "application/x-ndjson", func(w *export.LineWriter, _ *report.Report, entries iter.Seq2[ledger.Entry, error]) error {
		return export.WriteNDJSON(w, entries, export.AppendEntry)
	}},
	"entries.json": {"json", "application/json", func(w *export.LineWriter, covered *report.Report, entries iter.Seq2[ledger.Entry, error]) error {
		return export.WriteJSON(w, export.Statement{Window: export.NewWindow(covered.Window), Complete: covered.Complete,
			Coverage: export.NewCoverage(covered.Coverage)}, entries)
	}},
}

// headerComplete says whether an export has all that Venice had in its range.
const headerComplete = "Ducat-Complete"

// export streams the entries of a view, from the oldest to the newest. A failure
// after the first byte breaks the connection, so that no part passes for all.
func (d *dashboard) export(w http.ResponseWriter, r *http.Request) {
	f, known := forms[r.PathValue("file")]
	if !known {
		http.NotFound(w, r)
		return
	}
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
	h.Set("Content-Disposition", `attachment; filename="`+fileName(covered, q.Zone, f.name)+`"`)
	h.Set("Cache-Control", "no-store")
	h.Set(headerComplete, map[bool]string{true: "true", false: "false"}[covered.Complete])
	if r.Method == http.MethodHead {
		return
	}
	out := export.NewLineWriter(w)
	err = f.write(out, covered, searching(books.Entries(ctx, q.Selection), p.Search))
	if err := errors.Join(err, out.Flush()); err != nil {
		if !errors.Is(err, ctx.Err()) && !errors.Is(err, io.ErrClosedPipe) {
			d.Log.Error("export", "file", f.name, "error", err)
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
