package venicetest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

func control(t *testing.T, s *venicetest.Server, method, path, body string) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(s.BaseURL, "/api/v1")+"/control/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	got, err := exchange(t, r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestControlMovesTheLedger(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Seed: 8, Entries: 2500})
	copied := start(t, venicetest.Config{})
	var direct bytes.Buffer
	if err := s.WriteNDJSON(&direct); err != nil {
		t.Fatal(err)
	}
	if got := control(t, s, "GET", "entries", ""); got.status != 200 || !bytes.Equal(got.body, direct.Bytes()) {
		t.Errorf("GET entries: status %d, %d bytes, want %d", got.status, len(got.body), direct.Len())
	}
	hidden := control(t, s, "GET", "entries?hidden=1", "")
	if got := control(t, copied, "POST", "entries", string(hidden.body)); got.status != 200 || string(got.body) != "2500\n" {
		t.Fatalf("POST entries: status %d: %s", got.status, got.body)
	}
	want := s.Entries()
	if diff := difference(truth(copied.Entries()), truth(want)); diff != "" {
		t.Error(diff)
	}
	for i, e := range copied.Entries() {
		if e.KeyID != want[i].KeyID {
			t.Fatalf("row %d is of key %q, want %q", i, e.KeyID, want[i].KeyID)
		}
	}

	row := `{"timestamp":"2026-11-18T11:00:00.000Z","sku":"x","pricePerUnitUsd":1,"units":2,"amount":-2.50,"currency":"USD","notes":"","inferenceDetails":null}`
	if got := control(t, copied, "PUT", "entries/7", row); got.status != 204 {
		t.Fatalf("PUT: status %d: %s", got.status, got.body)
	}
	if got := control(t, copied, "DELETE", "entries/8", ""); got.status != 204 {
		t.Errorf("DELETE: status %d", got.status)
	}
	found := false
	for _, e := range copied.Entries() {
		if e.Seq == 8 {
			t.Error("row 8 is still there")
		}
		if e.Seq == 7 {
			text, err := json.Marshal(e)
			found = err == nil && string(text) == row
		}
	}
	if !found {
		t.Error("row 7 is not the row that was put")
	}
	if copied.RequestCount() != 0 {
		t.Error("control requests are counted as API requests")
	}
}

func TestControlRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	good := `{"timestamp":"2026-11-18T11:00:00Z","sku":"x","amount":-1,"currency":"USD"}`
	tests := []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "entries", "nonsense", 400, "row 1"},
		{"POST", "entries", good + "\n" + `{"sku":"x"}`, 400, "row 2"},
		{"POST", "entries", `{"timestamp":{},"sku":"x","amount":-1,"currency":"USD"}`, 400, "row 1"},
		{"POST", "entries", strings.Replace(good, "2026", "1026", 1), 400, "1970"},
		{"PUT", "entries/x", good, 400, "seq"},
		{"PUT", "entries/1", good, 404, "seq"},
		{"DELETE", "entries/1", "", 404, "seq"},
		{"PUT", "faults", "smoke", 400, "smoke"},
		{"POST", "clock", "soon", 400, "11m"},
		{"GET", "nothing", "", 404, ""},
		{"POST", "requests", "", 405, ""},
	}
	for _, test := range tests {
		got := control(t, s, test.method, test.path, test.body)
		if got.status != test.status || !strings.Contains(string(got.body), test.says) {
			t.Errorf("%s %s: status %d, want %d: %s", test.method, test.path, got.status, test.status, got.body)
		}
	}
	if len(s.Entries()) != 0 {
		t.Error("a refused request left rows behind")
	}
}

func TestControlSteers(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	control(t, s, "PUT", "faults", "500x1/balance")
	if got := ask(t, s, "balance"); got.status != 500 {
		t.Errorf("status %d, want the fault", got.status)
	}
	control(t, s, "PUT", "faults", "500")
	control(t, s, "PUT", "faults", "")
	control(t, s, "POST", "clock", "90m\n")
	got := ask(t, s, "balance")
	if got.status != 200 || got.header.Get("Date") != noon.Add(90*time.Minute).Format(http.TimeFormat) {
		t.Errorf("status %d, Date %q", got.status, got.header.Get("Date"))
	}
	if got := control(t, s, "GET", "requests", ""); string(got.body) != "2\n" {
		t.Errorf("%q requests, want 2", got.body)
	}
}

func TestControlAnswersThisMachineOnly(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{})
	r := httptest.NewRequest("GET", "/control/entries", nil) // comes from 192.0.2.1
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("another machine: status %d", w.Code)
	}
	r = httptest.NewRequest("POST", "/control/clock", strings.NewReader("1h"))
	r.RemoteAddr = "127.0.0.1:5"
	r.Header.Set("Origin", "http://evil.example")
	w = httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("a page of another origin: status %d", w.Code)
	}
}
