package venicetest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func TestParseFaults(t *testing.T) {
	t.Parallel()
	got, err := venicetest.ParseFaults("500@3x2, hang/usage-history,429-retry-after=2s@1x3/balance,extra-keysx1,expired-cursor,slow-body=250ms")
	want := []venicetest.Fault{
		{Kind: venicetest.Fault500, After: 3, Times: 2},
		{Kind: venicetest.FaultHang, Route: "usage-history"},
		{Kind: venicetest.Fault429RetryAfter, Wait: 2 * time.Second, After: 1, Times: 3, Route: "balance"},
		{Kind: venicetest.FaultExtraKeys, Times: 1},
		{Kind: venicetest.FaultExpiredCursor},
		{Kind: venicetest.FaultSlowBody, Wait: 250 * time.Millisecond},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
	for _, bad := range []string{"smoke", "500@", "500x", "500/chat", "500@-1", "500,,502", "500=soon", "500x2@3", "500@99999999999999999999", "late-post/balance"} {
		if got, err := venicetest.ParseFaults(bad); err == nil {
			t.Errorf("%q parses as %v", bad, got)
		}
	}
	if got, err := venicetest.ParseFaults(" "); err != nil || got != nil {
		t.Errorf("nothing parses as %v (%v)", got, err)
	}
}

// ledgerRows is 45 rows of one dollar, a minute apart, the last an hour before noon.
func ledgerRows() []venicetest.Entry {
	var rows []venicetest.Entry
	for i := range 45 {
		rows = append(rows, debit(60+i, "USD", "-1"))
	}
	return rows
}

// faulted starts a server with ledgerRows and one fault.
func faulted(t *testing.T, fault venicetest.Fault) *venicetest.Server {
	t.Helper()
	return start(t, venicetest.Config{Ledger: ledgerRows(), Faults: []venicetest.Fault{fault}, NoLimits: true})
}

// request is a GET with the ADMIN key that gives up after the time.
func request(t *testing.T, s *venicetest.Server, pathAndQuery string, patience time.Duration) (response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", s.BaseURL+"/billing/"+pathAndQuery, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.AdminKey)
	return exchange(t, r)
}

const impatient, patient = 100 * time.Millisecond, 20 * time.Second

func TestFaultsInPlaceOfTheAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind   venicetest.FaultKind
		status int
		header [2]string
		body   string
	}{
		{venicetest.Fault429, 429, [2]string{"Retry-After", ""}, "Rate limit"},
		{venicetest.Fault429RetryAfter, 429, [2]string{"Retry-After", "1"}, "Rate limit"},
		{venicetest.FaultLockOut, 429, [2]string{"Retry-After", ""}, "Too many failed attempts (> 50)"},
		{venicetest.Fault500, 500, [2]string{}, `{"error":`},
		{venicetest.Fault502, 502, [2]string{}, `{"error":`},
		{venicetest.Fault503, 503, [2]string{}, `{"error":`},
		{venicetest.Fault504, 504, [2]string{}, `{"error":`},
		{venicetest.FaultHTML, 503, [2]string{"Content-Type", "text/html; charset=UTF-8"}, "<!DOCTYPE html>"},
		{venicetest.FaultRedirect, 302, [2]string{"Location", "http://attacker.invalid/"}, ""},
	}
	for _, test := range tests {
		t.Run(string(test.kind), func(t *testing.T) {
			t.Parallel()
			s := faulted(t, venicetest.Fault{Kind: test.kind, After: 1, Times: 2})
			var statuses []int
			for range 4 {
				got := ask(t, s, "balance")
				statuses = append(statuses, got.status)
				if got.status == 200 {
					continue
				}
				if test.header[0] != "" && got.header.Get(test.header[0]) != test.header[1] {
					t.Errorf("%s: %q, want %q", test.header[0], got.header.Get(test.header[0]), test.header[1])
				}
				if !strings.Contains(string(got.body), test.body) {
					t.Errorf("body %s", got.body)
				}
			}
			if want := []int{200, test.status, test.status, 200}; !slices.Equal(statuses, want) {
				t.Errorf("statuses %v, want %v", statuses, want)
			}
		})
	}
}

func TestFaultsOfTheConnection(t *testing.T) {
	t.Parallel()
	t.Run("hang", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultHang, Route: "balance"})
		if got, err := request(t, s, "balance", impatient); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("status %d, %v", got.status, err)
		}
		if got, err := request(t, s, "usage-history", patient); err != nil || got.status != 200 {
			t.Errorf("another route: status %d, %v", got.status, err)
		}
	})
	t.Run("hang ends when the server closes", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultHang})
		failed := make(chan error, 1)
		go func() {
			_, err := request(t, s, "balance", patient)
			failed <- err
		}()
		for s.RequestCount() == 0 {
			runtime.Gosched()
		}
		s.Close()
		if err := <-failed; err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the hanging request ended with %v", err)
		}
	})
	t.Run("slow-body", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultSlowBody})
		if got, err := request(t, s, "balance", 20*impatient); !errors.Is(err, context.DeadlineExceeded) || got.status != 200 {
			t.Errorf("status %d, %d bytes, %v", got.status, len(got.body), err)
		}
		s.SetFaults(venicetest.Fault{Kind: venicetest.FaultSlowBody, Wait: time.Microsecond})
		if got, err := request(t, s, "balance", patient); err != nil || !json.Valid(got.body) {
			t.Errorf("drips quickly: %s, %v", got.body, err)
		}
	})
	t.Run("cut-body", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultCutBody, Times: 1})
		cut, err := request(t, s, "usage-history", patient)
		if !errors.Is(err, io.ErrUnexpectedEOF) || cut.status != 200 {
			t.Errorf("status %d, %v", cut.status, err)
		}
		whole := ask(t, s, "usage-history")
		if cut.header.Get("Content-Length") != strconv.Itoa(len(whole.body)) || len(cut.body) == 0 || !bytes.HasPrefix(whole.body, cut.body) {
			t.Errorf("%d bytes of %d, declared %s", len(cut.body), len(whole.body), cut.header.Get("Content-Length"))
		}
	})
	t.Run("reset", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultReset})
		if got, err := request(t, s, "balance", patient); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Errorf("status %d, %v", got.status, err)
		}
	})
	t.Run("truncated-json", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultTruncatedJSON, Times: 1})
		got := ask(t, s, "usage-history")
		if got.status != 200 || json.Valid(got.body) || !bytes.HasPrefix(ask(t, s, "usage-history").body, got.body) {
			t.Errorf("status %d: %s", got.status, got.body)
		}
	})
	t.Run("hang-small-range", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultHangSmall})
		for _, query := range []string{
			"startTimestamp=2026-11-18T11:00:00Z&endTimestamp=2026-11-18T11:14:59Z",
			"startTimestamp=2026-11-18T11:50:00Z",
			"startTimestamp=2025-01-01T00:00:00Z&endTimestamp=2025-02-01T00:00:00Z",
			"currency=DIEM",
		} {
			if got, err := request(t, s, "usage-history?"+query, impatient); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: status %d, %v", query, got.status, err)
			}
		}
		if got := walk(t, s, "pageSize=10&startTimestamp=2026-11-18T10:00:00Z", nil); len(got) != 45 {
			t.Errorf("a usual walk has %d rows", len(got))
		}
	})
}

func TestFaultsOfTheBody(t *testing.T) {
	t.Parallel()
	t.Run("numbers-as-strings", func(t *testing.T) {
		t.Parallel()
		s := start(t, venicetest.Config{Seed: 2, Entries: 200})
		quoted, want := strings.Builder{}, ask(t, s, "usage-history").body
		s.SetFaults(venicetest.Fault{Kind: venicetest.FaultNumbersQuoted})
		d := json.NewDecoder(bytes.NewReader(ask(t, s, "usage-history").body))
		d.UseNumber()
		for { // no number is left, and the text without its quotes is the same
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := token.(json.Number); ok {
				t.Fatalf("%v is still a number", token)
			}
			if text, ok := token.(string); ok {
				quoted.WriteString(text)
			}
		}
		plain := strings.Builder{}
		d = json.NewDecoder(bytes.NewReader(want))
		d.UseNumber()
		for token, err := d.Token(); err == nil; token, err = d.Token() {
			switch v := token.(type) {
			case json.Number:
				plain.WriteString(v.String())
			case string:
				plain.WriteString(v)
			}
		}
		if quoted.String() != plain.String() {
			t.Error("the values differ from those of the plain answer")
		}
	})
	t.Run("extra-keys", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultExtraKeys})
		for _, route := range []string{"usage-history", "balance", "usage-analytics"} {
			var body map[string]json.RawMessage
			if err := json.Unmarshal(ask(t, s, route).body, &body); err != nil || body["undocumented"] == nil {
				t.Fatalf("%s: %v, keys %v", route, err, body)
			}
			if route == "usage-history" {
				var rows []map[string]json.RawMessage
				if err := json.Unmarshal(body["data"], &rows); err != nil || len(rows) != 45 || rows[44]["undocumented"] == nil || len(rows[44]) != 9 {
					t.Errorf("rows %v", err)
				}
			}
		}
	})
	t.Run("timestamp-object", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultTimestampObject})
		var page struct {
			Data []struct{ Timestamp json.RawMessage }
		}
		if err := json.Unmarshal(ask(t, s, "usage-history").body, &page); err != nil {
			t.Fatal(err)
		}
		if string(page.Data[0].Timestamp) != "{}" || page.Data[1].Timestamp[0] != '"' {
			t.Errorf("timestamps %s and %s", page.Data[0].Timestamp, page.Data[1].Timestamp)
		}
	})
}

func TestFaultsOfTheWalk(t *testing.T) {
	t.Parallel()
	t.Run("repeated-cursor", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultRepeatedCursor})
		first := askPage(t, s, "pageSize=10")
		second := askPage(t, s, "cursor="+*first.NextCursor)
		if second.NextCursor == nil || *second.NextCursor != *first.NextCursor || len(second.Data) != 10 {
			t.Errorf("second page has %d rows and cursor %v", len(second.Data), second.NextCursor)
		}
	})
	t.Run("empty-page", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultEmptyPage})
		first := askPage(t, s, "pageSize=10")
		if len(first.Data) != 0 || first.NextCursor == nil {
			t.Errorf("first page has %d rows and cursor %v", len(first.Data), first.NextCursor)
		}
		if diff := difference(walk(t, s, "pageSize=10", nil), truth(s.Entries())); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("expired-cursor", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultExpiredCursor, After: 1, Times: 1})
		second := askPage(t, s, "cursor="+*askPage(t, s, "pageSize=10").NextCursor)
		if got := ask(t, s, "usage-history?cursor="+*second.NextCursor); got.status != 400 || !strings.Contains(string(got.body), "restart from the first page") {
			t.Errorf("status %d: %s", got.status, got.body)
		}
		if got := walk(t, s, "pageSize=10", nil); len(got) != 45 {
			t.Errorf("the next walk has %d rows", len(got))
		}
	})
	t.Run("poisoned-cursor", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultPoisonedCursor, After: 1})
		second := askPage(t, s, "cursor="+*askPage(t, s, "pageSize=10").NextCursor)
		for range 4 {
			if got := ask(t, s, "usage-history?cursor="+*second.NextCursor); got.status != 500 {
				t.Errorf("status %d", got.status)
			}
		}
		if got := walk(t, s, "pageSize=10", nil); len(got) != 45 {
			t.Errorf("a walk begun anew has %d rows", len(got))
		}
		if got := ask(t, s, "usage-history?cursor="+*second.NextCursor); got.status != 500 {
			t.Errorf("the poison has gone: status %d", got.status)
		}
	})
	t.Run("unknown-currency", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultUnknownCurrency, After: 2})
		got := walk(t, s, "pageSize=10", nil)
		if diff := difference(got, truth(s.Entries())); diff != "" || len(got) != 46 {
			t.Errorf("%d rows: %s", len(got), diff)
		}
		page := strings.Join(got[20:30], "\n")
		if strings.Count(strings.Join(got, "\n"), venicetest.UnknownCurrency) != 1 || !strings.Contains(page, venicetest.UnknownCurrency) {
			t.Errorf("the third page is\n%s", page)
		}
	})
	t.Run("late-post", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultLatePost, After: 1})
		got := walk(t, s, "pageSize=10", nil)
		if len(got) != 45 || len(s.Entries()) != 46 {
			t.Errorf("%d rows walked of %d", len(got), len(s.Entries()))
		}
		if diff := difference(walk(t, s, "pageSize=10", nil), truth(s.Entries())); diff != "" {
			t.Errorf("the second walk: %s", diff)
		}
		late := s.Entries()[19] // just before the last row of the second page
		if late.Seq != 46 {
			t.Errorf("row 19 is %+v, not the one posted late", late)
		}
	})
	t.Run("correct", func(t *testing.T) {
		t.Parallel()
		s := faulted(t, venicetest.Fault{Kind: venicetest.FaultCorrect, After: 1})
		before := truth(s.Entries())
		if diff := difference(walk(t, s, "pageSize=10", nil), before); diff != "" {
			t.Errorf("the walk saw the correction: %s", diff)
		}
		sum := new(big.Rat)
		for i, e := range s.Entries() {
			sum.Add(sum, rat(t, json.Number(e.Amount)))
			if changed := truth([]venicetest.Entry{e})[0] != before[i]; changed != (i == 19) {
				t.Errorf("row %d is now %+v", i, e)
			}
		}
		if sum.Cmp(big.NewRat(-46, 1)) != 0 {
			t.Errorf("the ledger sums to %s", sum)
		}
	})
}

// Every kind has a text that parses, and a fault about a cursor leaves a first
// page alone.
func TestFaultKinds(t *testing.T) {
	t.Parallel()
	cursorOnly := []venicetest.FaultKind{
		venicetest.FaultRepeatedCursor, venicetest.FaultExpiredCursor, venicetest.FaultPoisonedCursor,
		venicetest.FaultLatePost, venicetest.FaultCorrect,
	}
	seen := make(map[venicetest.FaultKind]bool)
	for _, kind := range venicetest.FaultKinds() {
		if seen[kind] {
			t.Errorf("%s is listed twice", kind)
		}
		seen[kind] = true
		want := venicetest.Fault{Kind: kind, Route: "usage-history", After: 4, Times: 5, Wait: time.Minute}
		if got, err := venicetest.ParseFaults(want.String()); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: parses as %v (%v)", want, got, err)
		}
	}
	for _, kind := range cursorOnly {
		s := faulted(t, venicetest.Fault{Kind: kind, Times: 1})
		page := askPage(t, s, "pageSize=10")
		if len(page.Data) != 10 || len(s.Entries()) != 45 {
			t.Errorf("%s strikes the first page", kind)
		}
		if got := ask(t, s, "usage-history?cursor="+url.QueryEscape("x")); got.status != 400 && got.status != 500 {
			t.Errorf("%s: a made-up cursor is answered %d", kind, got.status)
		}
	}
}
