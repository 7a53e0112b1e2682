package clickhouse

import (
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// plain is a value of the driver without its pointers and types. kind is the
// server's name of its type, or "" inside of lists and structures.
func plain(v reflect.Value, kind string) any {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		if number, ok := v.Interface().(*big.Int); ok && number != nil {
			return decimal.NewFromBigInt(number, 0)
		}
		v = v.Elem()
	}
	if !v.IsValid() { // behind a nil
		return nil
	}
	switch value := v.Interface().(type) {
	case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64, string, decimal.Decimal:
		return value
	case big.Int:
		return decimal.NewFromBigInt(&value, 0)
	case time.Time:
		if isDate(kind) {
			return value.Format(time.DateOnly)
		}
		return value.UTC()
	case time.Duration: // of a day
		return time.Time{}.Add(value).Format("15:04:05.999999999")
	case interface{ Any() any }: // of a type that is told by each value
		return plain(reflect.ValueOf(value.Any()), "")
	case fmt.Stringer: // such as UUID and IPv4, which are lists of bytes
		return value.String()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i), "")
		}
		return list
	case reflect.Map:
		fields := make(map[string]any, v.Len())
		for name, field := range v.Seq2() {
			fields[fmt.Sprint(name)] = plain(field, "")
		}
		return fields
	}
	return fmt.Sprint(v.Interface())
}

// isDate says whether values of a type are days.
func isDate(kind string) bool {
	return strings.TrimSuffix(strings.TrimPrefix(kind, "Nullable("), ")") == "Date" || strings.HasPrefix(strings.TrimPrefix(kind, "Nullable("), "Date32")
}
