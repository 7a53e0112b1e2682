package focus_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/venice"
)

const vantageHeader = "BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,ChargeCategory,ChargeDescription,ChargeFrequency," +
	"ChargePeriodEnd,ChargePeriodStart,ConsumedQuantity,ConsumedUnit,ContractedCost,EffectiveCost,ListCost,ResourceId,ResourceType," +
	"ServiceCategory,ServiceName,ServiceSubcategory,Tags"

const vantageRows = `
0.0073728,acct-0001,Example Account,USD,Usage,zai-org-glm-5-1 output tokens,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,1536,Tokens,0.0073728,0.0073728,0.0073728,zai-org-glm-5-1,Model,AI and Machine Learning,LLM Inference,Generative AI,"{""funding"":""USD"",""model"":""zai-org-glm-5-1""}"
0,acct-0001,Example Account,USD,Usage,zai-org-glm-5-1 output tokens paid from DIEM allowance,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,500,Tokens,0.0024,0,0.0024,zai-org-glm-5-1,Model,AI and Machine Learning,LLM Inference,Generative AI,"{""funding"":""DIEM"",""model"":""zai-org-glm-5-1""}"
0,acct-0001,Example Account,USD,Usage,example-image-model image generation paid from bundled credits,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,2,Images,0.02,0,0.02,example-image-model,Model,AI and Machine Learning,Image Generation,Generative AI,"{""funding"":""BUNDLED_CREDITS"",""model"":""example-image-model""}"
-0.0073728,acct-0001,Example Account,USD,Usage,Refund: zai-org-glm-5-1 output tokens,Usage-Based,2026-11-21T00:00:00Z,2026-11-20T00:00:00Z,-1536,Tokens,-0.0073728,-0.0073728,-0.0073728,zai-org-glm-5-1,Model,AI and Machine Learning,LLM Inference,Generative AI,"{""funding"":""USD"",""model"":""zai-org-glm-5-1""}"
`

func TestVantageWorkedExample(t *testing.T) {
	t.Parallel()
	dir, result := exported(t, home(t, worked()...), focus.Options{Profile: focus.ProfileVantage})
	got := files(t, dir)["data/BILLING_PERIOD=2026-11/part-00001.csv"]
	if diff := cmp.Diff(strings.Split(vantageHeader+vantageRows, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
	if got := result.Totals().Skipped[focus.SkippedTopUp]; got != 1 {
		t.Errorf("%d top-ups are skipped", got)
	}
}

// TestVantageParts exports more than an upload may hold, once by rows and once by
// bytes, and puts the parts together again.
func TestVantageParts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		entries, parts int
		sku            string
	}{
		// Only the shortest rows that there are come to the limit of rows first.
		"exactly the limit": {10_000, 1, "m-llm-x-mtoken"},
		"one row too many":  {10_001, 2, "m-llm-x-mtoken"},
		"by bytes":          {4_000, 2, strings.Repeat("model", 40) + "-llm-x-mtoken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var entries []venice.UsageEntry
			start := at("2026-11-01T00:00:00Z")
			for i := range test.entries {
				e := use(noon, test.sku, "0", "0.000001", "0", venice.USD)
				e.Timestamp = start.Add(time.Duration(i) * time.Second)
				entries = append(entries, e)
			}
			dir, _ := exported(t, home(t, entries...), focus.Options{Profile: focus.ProfileVantage,
				Accounts: map[string]focus.BillingAccount{"home": {ID: "a"}}})
			content := files(t, dir)
			var manifest struct {
				Rows     int
				Location []struct {
					Filepath string `json:"filepath"`
					Bytes    int    `json:"total_bytes"`
					Rows     int    `json:"total_rows"`
				} `json:"data_location"`
			}
			if err := json.Unmarshal([]byte(content["data/BILLING_PERIOD=2026-11/manifest.json"]), &manifest); err != nil {
				t.Fatal(err)
			}
			if len(manifest.Location) != test.parts || len(content) != test.parts+3 {
				t.Errorf("%d parts and %d files", len(manifest.Location), len(content))
			}
			total := 0
			for i, part := range manifest.Location {
				text := content["data/BILLING_PERIOD=2026-11/"+part.Filepath]
				header, rows := lines(t, []byte(text))
				total += len(rows)
				if strings.Join(header, ",") != vantageHeader || len(rows) != part.Rows || len(text) != part.Bytes {
					t.Errorf("part %d has the header %q, %d rows and %d bytes; the manifest says %+v", i, header, len(rows), len(text), part)
				}
				if len(rows) > 10_000 || len(text) > 2_000_000 {
					t.Errorf("part %d has %d rows and %d bytes", i, len(rows), len(text))
				}
				if size := len(text) / len(rows); i < test.parts-1 && len(rows) < 10_000 && len(text)+size < 2_000_000-size {
					t.Errorf("part %d ends early: %d rows and %d bytes", i, len(rows), len(text))
				}
			}
			if total != test.entries || manifest.Rows != test.entries {
				t.Errorf("%d rows in the parts, %d in the manifest, want %d", total, manifest.Rows, test.entries)
			}
		})
	}
}
