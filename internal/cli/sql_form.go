package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/money"
)

// writeSQLNDJSON writes a line for each row.
func writeSQLNDJSON(w *export.LineWriter, rows *sqlRows) error {
	return eachObject(rows, func(object []byte) error {
		_, err := w.Write(append(object, '\n'))
		return err
	})
}

// writeSQLJSON writes the columns, and the rows with one on a line.
func writeSQLJSON(w *export.LineWriter, rows *sqlRows) error {
	head := []byte(`{"columns":[`)
	for i, c := range rows.columns {
		if i > 0 {
			head = append(head, ',')
		}
		head = export.AppendString(append(head, `{"name":`...), c.Name)
		head = append(export.AppendString(append(head, `,"type":`...), c.Type), '}')
	}
	if _, err := w.Write(append(head, `],"rows":[`...)); err != nil {
		return err
	}
	separator, end := "\n", "]}\n"
	err := eachObject(rows, func(object []byte) error {
		_, err := w.Write(append([]byte(separator), object...))
		separator, end = ",\n", "\n]}\n"
		return err
	})
	_, failed := io.WriteString(w, end)
	return errors.Join(err, failed)
}

// eachObject makes each row an object with its fields in the order of the query.
// No two may have one name.
func eachObject(rows *sqlRows, write func(object []byte) error) error {
	var object []byte
	for values, err := range rows.All() {
		if err != nil {
			return err
		}
		object = append(object[:0], '{')
		for i, value := range values {
			if i > 0 {
				object = append(object, ',')
			}
			object = append(export.AppendString(object, rows.columns[i].Name), ':')
			object = appendValue(object, value, rows.columns[i].Type)
		}
		if err := write(append(object, '}')); err != nil {
			return err
		}
	}
	return nil
}

// appendValue appends a value as JSON that loses none of it. kind is the store's
// name of its type, or "" inside of lists and structures.
func appendValue(b []byte, value any, kind string) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...)
	case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64:
		return fmt.Append(b, v)
	case float32:
		return appendFloat(b, float64(v), 32)
	case float64:
		return appendFloat(b, v, 64)
	case []any:
		b = append(b, '[')
		for i, element := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, element, "")
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(append(export.AppendString(b, name), ':'), v[name], "")
		}
		return append(b, '}')
	default:
		return export.AppendString(b, valueText(v, kind))
	}
}

// appendFloat appends a number, or as a text what JSON has no number for.
func appendFloat(b []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return export.AppendString(b, fmt.Sprint(f))
	}
	return strconv.AppendFloat(b, f, 'g', -1, bits)
}

// valueText is a value as a text of its own: lists and structures in JSON.
func valueText(value any, kind string) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return fmt.Sprintf("%x", v)
	case decimal.Decimal:
		return v.String()
	case time.Time:
		return timeText(v, kind)
	case []any, map[string]any:
		return string(appendValue(nil, v, kind))
	default:
		return fmt.Sprint(v)
	}
}

// timeText spells an instant, or a day.
func timeText(t time.Time, kind string) string {
	if kind == "DATE" {
		return t.Format(time.DateOnly)
	}
	return string(export.AppendTime(nil, t))
}

// writeSQLCSV writes a header and a line for each row; a null is empty.
func writeSQLCSV(w io.Writer, rows *sqlRows) error {
	out := csv.NewWriter(w)
	line := make([]string, len(rows.columns))
	for i, c := range rows.columns {
		line[i] = c.Name
	}
	if err := out.Write(line); err != nil {
		return err
	}
	for values, err := range rows.All() {
		if err != nil {
			return err
		}
		for i, value := range values {
			line[i] = valueText(value, rows.columns[i].Type)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeSQLTable shows the rows to a person.
func writeSQLTable(w io.Writer, out stream, rows *sqlRows) error {
	columns := make([]column, len(rows.columns))
	for i, c := range rows.columns {
		columns[i] = column{name: printable(c.Name), number: isNumber(c.Type)}
	}
	var lines [][]string
	for values, err := range rows.All() {
		if err != nil {
			return err
		}
		line := make([]string, len(values))
		for i, value := range values {
			switch v := value.(type) {
			case nil:
				line[i] = out.paint(dim, "-")
			case decimal.Decimal:
				line[i] = money.Readable(v)
			default:
				line[i] = printable(valueText(v, rows.columns[i].Type))
			}
		}
		lines = append(lines, line)
	}
	_, err := fmt.Fprintf(w, "%s%s\n", renderTable(out, columns, lines, true),
		out.paint(dim, plural(len(lines), "row", "rows")))
	return err
}

// isNumber says whether the values of a store's type are numbers.
func isNumber(kind string) bool { return numeric.MatchString(kind) }

// numeric are the types of numbers: DuckDB's, such as UBIGINT and DECIMAL(38,24),
// and ClickHouse's, such as UInt64 and Nullable(Decimal(38, 24)).
var numeric = regexp.MustCompile(`^(?:Nullable\()?(?i:decimal|double|float\d*|u?(?:tiny|small|big|huge)?int(?:eger)?\d*)(?:\(.*\))?\)?$`)
