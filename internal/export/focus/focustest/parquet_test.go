package focustest_test

import (
	"bytes"
	"math/big"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/shopspring/decimal"
)

// parquet writes a data file of that form.
func (f *fixture) parquet(t *testing.T, rows []record) []byte {
	t.Helper()
	group := parquet.Group{}
	for _, column := range f.header {
		group[column] = parquet.Optional(parquetNode(f.kind(column)))
	}
	schema := parquet.NewSchema("focus", group)
	var b bytes.Buffer
	w := parquet.NewWriter(&b, schema)
	for _, row := range rows {
		var values parquet.Row
		for i, path := range schema.Columns() {
			column := path[0]
			value := parquet.NullValue().Level(0, 0, i)
			if text, ok := row[column]; ok {
				value = parquetValue(t, f.kind(column), text).Level(0, 1, i)
			}
			values = append(values, value)
		}
		if _, err := w.WriteRows([]parquet.Row{values}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (f *fixture) kind(column string) string {
	if kind, ok := f.kinds[column]; ok {
		return kind
	}
	return dataType(column)
}

func parquetNode(kind string) parquet.Node {
	switch kind {
	case "DECIMAL":
		return parquet.Decimal(24, 38, parquet.FixedLenByteArrayType(16))
	case "DATETIME":
		return parquet.Timestamp(parquet.Microsecond)
	case "DOUBLE":
		return parquet.Leaf(parquet.DoubleType)
	}
	return parquet.String()
}

func parquetValue(t *testing.T, kind, text string) parquet.Value {
	t.Helper()
	switch kind {
	case "DECIMAL":
		n := decimal.RequireFromString(text).Shift(24).BigInt()
		if n.Sign() < 0 {
			n.Add(n, new(big.Int).Lsh(big.NewInt(1), 128))
		}
		return parquet.FixedLenByteArrayValue(n.FillBytes(make([]byte, 16)))
	case "DATETIME":
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return parquet.Int64Value(at.UnixMicro())
	case "DOUBLE":
		return parquet.DoubleValue(0)
	}
	return parquet.ByteArrayValue([]byte(text))
}
