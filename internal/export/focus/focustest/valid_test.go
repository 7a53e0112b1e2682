package focustest_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export/focus/focustest"
)

func TestValidExportsHaveNoFinding(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func() *fixture{
		"by entry":                 worked,
		"an entry twice":           twice,
		"by day":                   daily,
		"consumption":              consumption,
		"allowances at face value": face,
		"Vantage":                  vantage,
		"FOCUS 1.3":                version("1.3"),
		"FOCUS 1.4":                version("1.4"),
		"gzip":                     form("csv.gz"),
		"zstd":                     form("csv.zst"),
		"Parquet":                  form("parquet"),
		"a credit":                 credited,
		"without entries":          empty,
		"a reject spelled safely": func() *fixture {
			f := worked()
			f.want.Source[len(f.want.Source)-1].SKU = "=SUM(A1)"
			f.rejects[0][3] = "'=SUM(A1)"
			return f
		},
		"an amount that differs, reported": func() *fixture {
			f := worked()
			amount(debit, "-0.0073")(f)
			f.months[1].reported = map[string]int{"amount differs": 1}
			return f
		},
		"a VCU amount in dollars": func() *fixture {
			f := worked()
			f.want.Source[vcu].Amount = decimal.RequireFromString("-0.0024")
			f.rows()[vcu]["x_LedgerAmount"] = "-0.0024"
			return f
		},
		"of unknown source":          sourceless(worked),
		"by day, of unknown source":  sourceless(daily),
		"Vantage, of unknown source": sourceless(vantage),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := of()
			for _, finding := range focustest.Validate(f.write(t), f.want) {
				t.Error(finding)
			}
		})
	}
}
