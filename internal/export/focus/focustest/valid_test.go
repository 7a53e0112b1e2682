package focustest_test

import (
	"testing"

	"github.com/ducat-ledger/ducat/internal/export/focus/focustest"
)

func TestValidExportsHaveNoFinding(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func() *fixture{
		"by entry":                   worked,
		"an entry twice":             twice,
		"by day":                     daily,
		"consumption":                consumption,
		"allowances at face value":   face,
		"Vantage":                    vantage,
		"FOCUS 1.3":                  version("1.3"),
		"FOCUS 1.4":                  version("1.4"),
		"gzip":                       form("csv.gz"),
		"zstd":                       form("csv.zst"),
		"Parquet":                    form("parquet"),
		"a credit":                   credited,
		"without entries":            empty,
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
