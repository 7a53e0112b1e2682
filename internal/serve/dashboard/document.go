package dashboard

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/money"
)

//go:embed templates
var templateFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"money":   money.Readable,
	"figure":  newFigure,
	"instant": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"clock":   clock,
	"spell":   spell,
	"ago":     func(t, now time.Time) string { return ago(now.Sub(t)) },
	"count":   count,
	"exact":   func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
	"stamp":   func(t time.Time, zone *time.Location) string { return t.In(zone).Format("2006-01-02 15:04:05") },

	"thousands":   func(n *int64) string { return thousands(*n) },
	"thousands64": thousands,
	"rankingOf":   newTitled,
	"firstOf":     func(w []ledger.Window) []ledger.Window { return w[:min(len(w), missingShown)] },
	"moreOf": func(w []ledger.Window) string {
		if len(w) <= missingShown {
			return ""
		}
		return count(int64(len(w)-missingShown), "more stretch", "more stretches")
	},
}).ParseFS(templateFiles, "templates/*.html"))

// missingShown is how many missing windows of an account are told.
const missingShown = 4

// A titled ranking is one with the words around it.
type titled struct {
	ranking
	Title, ID, Unit, Note string
}

func newTitled(s *sheet, title, id string, r ranking) titled {
	t := titled{r, title, id, "in dollar equivalents", ""}
	if s.Currency != "" {
		t.Unit = "in " + s.Currency
	}
	switch {
	case id == "keys" && !r.Complete:
		t.Note = "Whole UTC days, in dollar equivalents. Some of them are not known by key."
	case id == "keys":
		t.Note = "Whole UTC days, in dollar equivalents."
	}
	return t
}

// A figure is a number in two parts, so that the first can be read from afar.
type figure struct{ Whole, Fraction string }

func newFigure(d decimal.Decimal) figure {
	text := money.Readable(d)
	if whole, fraction, found := strings.Cut(text, "."); found {
		return figure{whole, "." + fraction}
	}
	return figure{Whole: text}
}

// A document is a page as it is sent.
type document struct {
	text, packed []byte
	tag          string
}

// write fills in a template.
func write(name string, data any) (*document, error) {
	var text, packed bytes.Buffer
	if err := templates.ExecuteTemplate(&text, name, data); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := zip.Write(text.Bytes()); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text.Bytes())
	return &document{text.Bytes(), packed.Bytes(), hex.EncodeToString(sum[:12])}, nil
}

// serve sends the page, or says that the browser has it.
func (d *document) serve(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	body, tag := d.text, `"`+d.tag+`"`
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Accept-Encoding")
	h.Add("Vary", "Cookie")
	h.Add("Vary", "Authorization")
	if acceptsGzip(r) {
		body, tag = d.packed, `"`+d.tag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	if status == http.StatusOK {
		h.Set("ETag", tag)
		if matches(r.Header.Get("If-None-Match"), tag) {
			h.Del("Content-Encoding")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a browser that has gone
}

// acceptsGzip reads Accept-Encoding; a weight of 0 is a no.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		_, value, weighed := strings.Cut(weight, "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		return !weighed || err == nil && q > 0
	}
	return false
}

// matches compares tags weakly, as If-None-Match asks for.
func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimSpace(part); part == "*" || strings.TrimPrefix(part, "W/") == tag {
			return true
		}
	}
	return false
}
