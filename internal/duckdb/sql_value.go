package duckdb

import (
	"fmt"
	"math/big"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/shopspring/decimal"
)

// plain is a value of the driver without the driver's types. kind is DuckDB's
// name of its type, or "" inside of lists and structures.
func plain(value any, kind string) any {
	switch v := value.(type) {
	case duckdb.Decimal:
		return exact(v)
	case *big.Int:
		return decimal.NewFromBigInt(v, 0)
	case time.Time:
		if kind == "TIME" || kind == "TIMETZ" {
			return v.Format("15:04:05.999999Z07:00")
		}
		return v.UTC()
	case []byte:
		if kind == "UUID" && len(v) == len(duckdb.UUID{}) {
			id := duckdb.UUID(v)
			return id.String()
		}
		return v
	case duckdb.Interval:
		return fmt.Sprintf("%d months %d days %s", v.Months, v.Days, time.Duration(v.Micros)*time.Microsecond)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i], "")
		}
		return list
	case map[string]any:
		fields := make(map[string]any, len(v))
		for name, field := range v {
			fields[name] = plain(field, "")
		}
		return fields
	case nil, bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64, string:
		return v
	default:
		return fmt.Sprint(v)
	}
}
