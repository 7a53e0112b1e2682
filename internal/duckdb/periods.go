package duckdb

import (
	"fmt"

	"github.com/ducat-ledger/ducat/internal/ledger/periods"
)

// ofEntries is how DuckDB spells periods of time, of ledger_entries.
var ofEntries = periods.Dialect{
	Micros: "epoch_us(ts)",
	Before: func(micros int64) string { return fmt.Sprintf("ts < make_timestamp(%d)", micros) },
	Divide: func(dividend string, divisor int64) string { return fmt.Sprintf("%s // %d", dividend, divisor) },
	YearAndMonth: func(micros string) (year, month string) {
		date := fmt.Sprintf("make_timestamp(%s)", micros)
		return fmt.Sprintf("year(%s)", date), fmt.Sprintf("month(%s)", date)
	},
}
