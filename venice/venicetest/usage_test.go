package venicetest_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/venice/venicetest"
)

type legacyPage struct {
	WarningMessage string    `json:"warningMessage"`
	Data           []wireRow `json:"data"`
	Pagination     struct {
		Limit      int `json:"limit"`
		Page       int `json:"page"`
		Total      int `json:"total"`
		TotalPages int `json:"totalPages"`
	} `json:"pagination"`
}

func TestLegacyPages(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Seed: 5, Entries: 730, Legacy: true})
	want := truth(s.Entries())
	reversed := slices.Clone(want)
	slices.Reverse(reversed)
	tests := []struct {
		query              string
		limit, page, pages int
		want               []string
	}{
		{"", 200, 1, 4, reversed[:200]},
		{"page=4", 200, 4, 4, reversed[600:]},
		{"page=5", 200, 5, 4, nil},
		{"page=2147483647", 200, 2147483647, 4, nil},
		{"limit=500&sortOrder=asc", 500, 1, 2, want[:500]},
		{"limit=1&page=730&sortOrder=asc", 1, 730, 730, want[729:]},
		{"limit=500&page=2&sortOrder=desc", 500, 2, 2, reversed[500:]},
	}
	for _, test := range tests {
		t.Run(test.query, func(t *testing.T) {
			t.Parallel()
			got := ask(t, s, "usage?"+test.query)
			var page legacyPage
			decode(t, got.body, &page)
			var lines []string
			for _, row := range page.Data {
				lines = append(lines, row.String())
			}
			if diff := difference(lines, test.want); diff != "" {
				t.Error(diff)
			}
			p := page.Pagination
			if p.Limit != test.limit || p.Page != test.page || p.Total != 730 || p.TotalPages != test.pages || page.WarningMessage == "" {
				t.Errorf("pagination %+v, warning %q", p, page.WarningMessage)
			}
			for name, value := range map[string]int{"limit": p.Limit, "page": p.Page, "total": p.Total, "total-pages": p.TotalPages} {
				if h := got.header.Get("x-pagination-" + name); h != fmt.Sprint(value) {
					t.Errorf("x-pagination-%s is %q, want %d", name, h, value)
				}
			}
			if got.header.Get("Deprecation") == "" || got.header.Get("Link") == "" {
				t.Error("a legacy answer lacks Deprecation or Link")
			}
		})
	}
}

func TestLegacyFilters(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Legacy: true, Ledger: []venicetest.Entry{
		debit(3, "VCU", "-3"), debit(2, "USD", "-2"), debit(1, "VCU", "-1"),
	}})
	all := truth(s.Entries())
	for query, want := range map[string][]string{
		"currency=VCU": {all[2], all[0]},
		"sortOrder=asc&startDate=2026-11-18T11:58:00Z":                    {all[1], all[2]},
		"sortOrder=asc&endDate=2026-11-18T11:59:00Z":                      {all[0], all[1]},
		"startDate=2026-11-18T11:58:00Z&endDate=2026-11-18T11:58:00.001Z": {all[1]},
	} {
		got := ask(t, s, "usage?"+query, "Accept", "text/csv")
		records, err := csv.NewReader(strings.NewReader(string(got.body))).ReadAll()
		if err != nil || got.header.Get("Content-Disposition") != "attachment; filename=billing_usage.csv" {
			t.Fatalf("%s: %v, %v", query, err, got.header)
		}
		var lines []string
		for _, record := range records[1:] {
			lines = append(lines, strings.Join(record[:7], "|"))
		}
		if diff := difference(lines, want); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	for _, query := range []string{"limit=0", "limit=501", "page=0", "sortOrder=up", "currency=EUR", "pageSize=10", "startDate=2026-11-18"} {
		if got := ask(t, s, "usage?"+query); got.status != 400 || got.header.Get("Deprecation") == "" {
			t.Errorf("%s: status %d", query, got.status)
		}
	}
	if got := send(t, "GET", s.BaseURL+"/billing/usage"); got.status != 402 {
		t.Errorf("without a key: status %d", got.status)
	}
}

func TestLegacyLimit(t *testing.T) {
	t.Parallel()
	s := start(t, venicetest.Config{Legacy: true, LegacyLimit: true})
	if got := ask(t, s, "usage"); got.status != 200 {
		t.Fatalf("status %d", got.status)
	}
	got := ask(t, s, "usage")
	if got.status != 429 || got.header.Get("Retry-After") != "60" || got.header.Get("x-ratelimit-remaining") != "0" ||
		got.header.Get("x-ratelimit-resets") != fmt.Sprint(noon.Add(time.Minute).UnixMilli()) {
		t.Errorf("status %d, %v", got.status, got.header)
	}
	s.Advance(time.Minute)
	if got := ask(t, s, "usage"); got.status != 200 {
		t.Errorf("a minute later: status %d", got.status)
	}
}
