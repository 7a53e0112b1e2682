package focustest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"github.com/shopspring/decimal"
)

// readParquet reads a Parquet file into the texts that a CSV would have.
func (p *part) readParquet(data []byte) error {
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	p.kinds = map[string]string{}
	fields := file.Schema().Fields()
	for _, field := range fields {
		if !field.Leaf() || field.Repeated() {
			return fmt.Errorf("column %s is not flat", field.Name())
		}
		p.header = append(p.header, field.Name())
		p.kinds[field.Name()] = field.Type().String()
	}
	for _, group := range file.RowGroups() {
		if err := p.readRowGroup(group, fields); err != nil {
			return err
		}
	}
	return nil
}

func (p *part) readRowGroup(group parquet.RowGroup, fields []parquet.Field) error {
	rows := group.Rows()
	defer rows.Close()
	buffer := make([]parquet.Row, 128)
	for {
		n, err := rows.ReadRows(buffer)
		for _, values := range buffer[:n] {
			r := &row{part: p, place: len(p.rows) + 1, cells: make([]cell, len(fields))}
			for _, value := range values {
				r.cells[value.Column()] = parquetCell(value, fields[value.Column()])
			}
			p.rows = append(p.rows, r)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func parquetCell(value parquet.Value, field parquet.Field) cell {
	if value.IsNull() {
		return cell{state: null}
	}
	if logical := field.Type().LogicalType(); logical != nil {
		switch kind := logical.Value.(type) {
		case *format.DecimalType:
			return cell{text: decimal.NewFromBigInt(unscaled(value), -kind.Scale).String()}
		case *format.TimestampType:
			return cell{text: spell(instant(value.Int64(), kind), field.Name())}
		}
	}
	if value.Kind() == parquet.ByteArray {
		return cell{text: string(value.ByteArray())}
	}
	return cell{text: value.String()}
}

// unscaled reads the whole number of a decimal: a machine integer, or a
// big-endian one in two's complement.
func unscaled(value parquet.Value) *big.Int {
	switch value.Kind() {
	case parquet.Int32:
		return big.NewInt(int64(value.Int32()))
	case parquet.Int64:
		return big.NewInt(value.Int64())
	}
	digits := value.ByteArray()
	n := new(big.Int).SetBytes(digits)
	if len(digits) > 0 && digits[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(digits))))
	}
	return n
}

func instant(n int64, kind *format.TimestampType) time.Time {
	switch kind.Unit.Value.(type) {
	case *format.MilliSeconds:
		return time.UnixMilli(n).UTC()
	case *format.MicroSeconds:
		return time.UnixMicro(n).UTC()
	}
	return time.Unix(0, n).UTC()
}

// spell writes an instant as the column's CSV would: with a fraction in our own
// columns, or where there is one that should not be.
func spell(t time.Time, column string) string {
	switch {
	case t.Nanosecond()%int(time.Millisecond) != 0:
		return t.Format("2006-01-02T15:04:05.000000000Z")
	case t.Nanosecond() != 0 || customName.MatchString(column):
		return t.Format("2006-01-02T15:04:05.000Z")
	}
	return t.Format("2006-01-02T15:04:05Z")
}
