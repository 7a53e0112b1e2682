package venicetest_test

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func TestHistoryIsTheLedger(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Seed: 3, Entries: 4321})
	if diff := difference(walk(t, s, "", nil), truth(s.Entries())); diff != "" {
		t.Error(diff)
	}
	if s.RequestCount() != 5 {
		t.Errorf("%d pages, want 5 of 1000 rows by default", s.RequestCount())
	}
}

func difference(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("row %d:\n got %s\nwant %s", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		return fmt.Sprintf("%d rows, want %d", len(got), len(want))
	}
	return ""
}

func TestHistoryParameters(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{NoLimits: true})
	type tree map[string]json.RawMessage
	tests := []struct{ query, field, code string }{
		{"foo=1", "", "unrecognized_keys"},
		{"limit=10", "", "unrecognized_keys"},
		{"pageSize=9", "pageSize", "too_small"},
		{"pageSize=1001", "pageSize", "too_big"},
		{"pageSize=ten", "pageSize", "invalid_type"},
		{"pageSize=", "pageSize", "invalid_type"},
		{"pageSize=10&pageSize=20", "pageSize", "invalid_type"},
		{"currency=VCU", "currency", "invalid_enum_value"},
		{"currency=usd", "currency", "invalid_enum_value"},
		{"startTimestamp=2026-01-01", "startTimestamp", "invalid_string"},
		{"startTimestamp=2026-01-01T00:00:00", "startTimestamp", "invalid_string"},
		{"startTimestamp=2026-01-01T00:00:00%2B01:00", "startTimestamp", "invalid_string"},
		{"startTimestamp=2026-02-30T00:00:00Z", "startTimestamp", "invalid_string"},
		{"endTimestamp=2026-01-01T00:00:00." + strings.Repeat("0", 20) + "Z", "endTimestamp", "invalid_string"},
		{"startTimestamp=2026-01-02T00:00:00Z&endTimestamp=2026-01-02T00:00:00Z", "endTimestamp", "custom"},
		{"startTimestamp=2026-01-02T00:00:00Z&endTimestamp=2026-01-01T00:00:00Z", "endTimestamp", "custom"},
		{"cursor=abc&pageSize=10", "cursor", "custom"},
		{"cursor=a.b", "cursor", "invalid_string"},
		{"cursor=", "cursor", "invalid_string"},
		{"cursor=" + strings.Repeat("a", 513), "cursor", "too_big"},
	}
	for _, test := range tests {
		t.Run(test.query[:min(60, len(test.query))], func(t *testing.T) {
			t.Parallel()
			got := ask(t, s, "usage-history?"+test.query)
			var body struct {
				Error   string
				Details tree
				Issues  []struct {
					Code, Message string
					Path          []string
				}
			}
			if err := json.Unmarshal(got.body, &body); err != nil || got.status != 400 {
				t.Fatalf("status %d (%v): %s", got.status, err, got.body)
			}
			if body.Error != "Invalid request parameters" || len(body.Issues) != 1 || body.Issues[0].Code != test.code {
				t.Fatalf("want one issue %s: %s", test.code, got.body)
			}
			node, path := body.Details["_errors"], []string{}
			if test.field != "" {
				var inner tree
				if err := json.Unmarshal(body.Details[test.field], &inner); err != nil {
					t.Fatalf("details: %v: %s", err, got.body)
				}
				node, path = inner["_errors"], []string{test.field}
			}
			var messages []string
			if err := json.Unmarshal(node, &messages); err != nil || !slices.Equal(messages, []string{body.Issues[0].Message}) {
				t.Errorf("details do not repeat the issue: %s", got.body)
			}
			if !slices.Equal(body.Issues[0].Path, path) {
				t.Errorf("path %v, want %v", body.Issues[0].Path, path)
			}
		})
	}
}

func TestHistoryRangeIsHalfOpen(t *testing.T) {
	t.Parallel()
	var rows []venicetest.Entry
	for minutes := 5; minutes >= 1; minutes-- {
		rows = append(rows, debit(minutes, "USD", "-1"))
	}
	s := start(t, venicetest.Config{Ledger: rows})
	all := truth(s.Entries())
	const form = "2006-01-02T15:04:05.000Z"
	instant := func(minutes int) string { return noon.Add(-time.Duration(minutes) * time.Minute).Format(form) }
	tests := []struct {
		query string
		want  []string
	}{
		{"startTimestamp=" + instant(4), all[1:]},
		{"endTimestamp=" + instant(2), all[:3]},
		{"startTimestamp=" + instant(4) + "&endTimestamp=" + instant(2), all[1:3]},
		{"startTimestamp=" + instant(0), nil},
		{"startTimestamp=2026-11-18T11:56:00Z", all[1:]},
		{"startTimestamp=2026-11-18T11:56:00.001Z", all[2:]},
		{"startTimestamp=2026-11-18T11:56:00.000999Z", all[1:]},
	}
	for _, test := range tests {
		if diff := difference(walk(t, s, test.query, nil), test.want); diff != "" {
			t.Errorf("%s: %s", test.query, diff)
		}
	}
}

func TestLastPageHasNoCursor(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 9, 10, 11, 19, 20, 21, 30} {
		s := start(t, venicetest.Config{Seed: uint64(n), Entries: n})
		if got := len(walk(t, s, "pageSize=10", nil)); got != n {
			t.Errorf("%d rows: walked %d", n, got)
		}
		if want := max(1, (n+9)/10); s.RequestCount() != want {
			t.Errorf("%d rows: %d pages, want %d", n, s.RequestCount(), want)
		}
	}
}

// A walk sees the rows that were there when it began exactly once and in order,
// whatever is appended meanwhile.
func TestWalkWhileTheLedgerGrows(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 25 {
		ties := make([]venicetest.Entry, 30+random.IntN(200))
		for i := range ties { // few instants, so that most rows share theirs
			ties[i] = debit(random.IntN(6), []string{"USD", "DIEM", "BUNDLED_CREDITS", "VCU"}[random.IntN(4)], fmt.Sprintf("-%d", i+1))
		}
		s := start(t, venicetest.Config{Seed: uint64(round), Ledger: ties})
		currency := []string{"", "USD", "DIEM", "EARNED_CREDITS"}[random.IntN(4)]
		query := fmt.Sprintf("pageSize=%d", 10+random.IntN(60))
		if currency != "" {
			query += "&currency=" + currency
		}
		got := walk(t, s, query, func(int) {
			for range random.IntN(8) {
				s.Post(debit(0, []string{"USD", "DIEM"}[random.IntN(2)], "-0.5"))
			}
		})
		want := slices.DeleteFunc(s.Entries(), func(e venicetest.Entry) bool { return currency != "" && e.Currency != currency })
		if !slices.IsSortedFunc(want, func(a, b venicetest.Entry) int {
			if c := a.Timestamp.Compare(b.Timestamp); c != 0 {
				return c
			}
			return int(a.Seq) - int(b.Seq)
		}) {
			t.Fatal("Entries are not in the order of timestamp and Seq")
		}
		// Rows posted after the last page are the end of want that got may lack.
		if len(got) > len(want) {
			t.Fatalf("round %d: %d rows walked, the ledger has %d", round, len(got), len(want))
		}
		if diff := difference(got, truth(want[:len(got)])); diff != "" {
			t.Fatalf("round %d, %s: %s", round, query, diff)
		}
		for _, e := range want[len(got):] {
			if e.Amount != "-0.5" {
				t.Fatalf("round %d: the walk ended before a row of the start, %v", round, e)
			}
		}
	}
}

func TestCursorIsGuarded(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Seed: 1, Entries: 100, NoLimits: true})
	other := start(t, venicetest.Config{Seed: 2, Entries: 100})
	token := *askPage(t, s, "pageSize=10&currency=DIEM").NextCursor
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,512}$`).MatchString(token) {
		t.Errorf("cursor %q does not have the documented form", token)
	}
	refused := func(s *venicetest.Server, what, token string) {
		t.Helper()
		got := ask(t, s, "usage-history?cursor="+url.QueryEscape(token))
		if got.status != 400 || string(got.body) != `{"error":"Invalid or expired cursor; restart from the first page"}` {
			t.Errorf("%s: status %d: %s", what, got.status, got.body)
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		changed := slices.Clone(raw)
		changed[i] ^= 0x40
		refused(s, fmt.Sprintf("byte %d changed", i), base64.RawURLEncoding.EncodeToString(changed))
	}
	refused(s, "cut", token[:len(token)-4])
	refused(s, "extended", token+"AAAA")
	refused(s, "made up", "AZq3fK9tXhIVDm2j4vN8cQwYt1sB6uEoLxRgPzKaJdHfM5nC7yW0K3w")
	refused(other, "of another account", token)

	s.Advance(time.Hour - time.Millisecond)
	if got := ask(t, s, "usage-history?cursor="+token); got.status != 200 {
		t.Errorf("just before an hour: status %d", got.status)
	}
	s.Advance(time.Millisecond)
	refused(s, "after an hour", token)
}

func TestHistoryCSV(t *testing.T) {
	t.Parallel()
	awkward := debit(1, "USD", "-1")
	awkward.Notes = "a \"quoted\", and\nbroken note"
	header := []string{
		"timestamp", "sku", "pricePerUnitUsd", "units", "amount", "currency", "notes", "inferenceDetails.requestId",
		"inferenceDetails.inferenceExecutionTime", "inferenceDetails.promptTokens", "inferenceDetails.completionTokens",
	}
	for _, dialect := range []venicetest.CSVDialect{venicetest.CSVPlain, venicetest.CSVQuoted} {
		s := start(t, venicetest.Config{Seed: 9, Entries: 95, CSV: dialect})
		s.Post(awkward)
		var lines []string
		query := "pageSize=40"
		for pages := 1; ; pages++ {
			got := ask(t, s, "usage-history?"+query, "Accept", "application/json;q=0.5, Text/CSV")
			if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/csv") {
				t.Fatalf("status %d, %v", got.status, got.header)
			}
			if name := got.header.Get("Content-Disposition"); name != "attachment; filename=billing-usage-history-20261118T120000000Z.csv" {
				t.Errorf("Content-Disposition %q", name)
			}
			text := string(got.body)
			if dialect == venicetest.CSVQuoted {
				if !strings.HasPrefix(text, "\ufeff\"timestamp\",") || strings.Count(text, "\r\n") < 17 {
					t.Fatalf("quoted dialect begins %.60q", text)
				}
				text = strings.TrimPrefix(text, "\ufeff")
			} else if strings.ContainsAny(text, "\r\ufeff") {
				t.Fatalf("plain dialect begins %.60q", text)
			}
			records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(records[0], header) {
				t.Fatalf("columns %v", records[0])
			}
			for _, record := range records[1:] {
				if strings.Join(record[7:], "") == "" {
					record = record[:7]
				}
				lines = append(lines, strings.Join(record, "|"))
			}
			next, more := got.header["X-Next-Cursor"]
			if !more {
				if pages != 3 {
					t.Errorf("%d pages, want 3", pages)
				}
				break
			}
			query = "cursor=" + next[0]
		}
		if diff := difference(lines, truth(s.Entries())); diff != "" {
			t.Errorf("dialect %d: %s", dialect, diff)
		}
	}
}

func TestLedgerChanges(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Ledger: []venicetest.Entry{debit(30, "USD", "-3"), debit(10, "USD", "-1")}})
	s.Post(debit(20, "DIEM", "-2"), debit(40, "USD", "-4"), debit(10, "USD", "-5"))
	amounts := func() (got []string) {
		for _, e := range s.Entries() {
			got = append(got, e.Amount)
		}
		return got
	}
	if got := amounts(); !slices.Equal(got, []string{"-4", "-3", "-2", "-1", "-5"}) {
		t.Fatalf("after late posts: %v", got)
	}
	seq := s.Entries()[2].Seq
	if !s.Correct(seq, debit(35, "USD", "-2.5")) || s.Correct(99, debit(1, "USD", "-9")) {
		t.Error("Correct finds the wrong rows")
	}
	if got := amounts(); !slices.Equal(got, []string{"-4", "-2.5", "-3", "-1", "-5"}) || s.Entries()[1].Seq != seq {
		t.Errorf("after a correction: %v", got)
	}
	if got := walk(t, s, "currency=DIEM", nil); len(got) != 0 {
		t.Errorf("the corrected row is still DIEM: %v", got)
	}
	if !s.Remove(seq) || s.Remove(seq) {
		t.Error("Remove finds the wrong rows")
	}
	if diff := difference(walk(t, s, "currency=USD", nil), truth(s.Entries())); diff != "" || len(s.Entries()) != 4 {
		t.Errorf("after a removal: %s", diff)
	}
}

func TestPostWithoutTimestampIsNow(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	s.Advance(time.Hour)
	s.Post(venicetest.Entry{SKU: "x", Amount: "-1", Currency: "USD"})
	want := []string{"2026-11-18T13:00:00.000Z|x|0|0|-1|USD|"}
	if diff := difference(walk(t, s, "", nil), want); diff != "" {
		t.Error(diff)
	}
}

func TestEntriesAreCopies(t *testing.T) {
	t.Parallel()
	row := debit(1, "USD", "-1")
	row.InferenceDetails = &venicetest.InferenceDetails{RequestID: "chatcmpl-1", PromptTokens: new(int64(5))}
	s := start(t, venicetest.Config{Ledger: []venicetest.Entry{row}})
	before := truth(s.Entries())
	*row.InferenceDetails.PromptTokens = -1
	*s.Entries()[0].InferenceDetails.PromptTokens = -1
	if diff := difference(truth(s.Entries()), before); diff != "" {
		t.Error(diff)
	}
}
