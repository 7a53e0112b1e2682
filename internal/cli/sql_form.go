package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/duckdb"
)

// writeSQLNDJSON writes a line for each row.
func writeSQLNDJSON(w *lineWriter, rows *duckdb.Rows) error {
	return eachObject(rows, func(object []byte) error {
		w.buf = append(append(w.buf, object...), '\n')
		return w.settle()
	})
}

// writeSQLJSON writes the columns, and the rows with one on a line.
func writeSQLJSON(w *lineWriter, rows *duckdb.Rows) error {
	columns := make([]columnJSON, len(rows.Columns))
	for i, c := range rows.Columns {
		columns[i] = columnJSON(c)
	}
	head, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	w.buf = append(append(append(w.buf, `{"columns":`...), head...), `,"rows":[`...)
	separator, end := "\n", "]}\n"
	err = eachObject(rows, func(object []byte) error {
		w.buf = append(append(w.buf, separator...), object...)
		separator, end = ",\n", "\n]}\n"
		return w.settle()
	})
	w.buf = append(w.buf, end...)
	return err
}

type columnJSON struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// eachObject makes each row an object with its fields in the order of the query.
// No two may have one name.
func eachObject(rows *duckdb.Rows, write func(object []byte) error) error {
	names := make([][]byte, len(rows.Columns))
	for i, c := range rows.Columns {
		var err error
		if names[i], err = json.Marshal(c.Name); err != nil {
			return err
		}
	}
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
			text, err := json.Marshal(plainJSON(value, rows.Columns[i].Type))
			if err != nil {
				return fmt.Errorf("column %q: %w", rows.Columns[i].Name, err)
			}
			object = append(append(append(object, names[i]...), ':'), text...)
		}
		if err := write(append(object, '}')); err != nil {
			return err
		}
	}
	return nil
}

// plainJSON makes of a value what JSON can hold without losing any of it.
func plainJSON(value any, kind string) any {
	switch v := value.(type) {
	case decimal.Decimal:
		return v.String()
	case time.Time:
		return timeText(v, kind)
	case float32:
		return plainJSON(float64(v), kind)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plainJSON(v[i], "")
		}
		return list
	case map[string]any:
		fields := make(map[string]any, len(v))
		for name, field := range v {
			fields[name] = plainJSON(field, "")
		}
		return fields
	}
	return value
}

// timeText spells an instant, or a day.
func timeText(t time.Time, kind string) string {
	if kind == "DATE" {
		return t.Format(time.DateOnly)
	}
	return string(appendTime(nil, t))
}

// writeSQLCSV writes a header and a line for each row; a null is empty.
func writeSQLCSV(w io.Writer, rows *duckdb.Rows) error {
	out := csv.NewWriter(w)
	line := make([]string, len(rows.Columns))
	for i, c := range rows.Columns {
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
			if line[i], err = valueText(value, rows.Columns[i].Type); err != nil {
				return err
			}
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// valueText is a value as a text of its own: lists and structures in JSON.
func valueText(value any, kind string) (string, error) {
	switch v := plainJSON(value, kind).(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case []any, map[string]any:
		text, err := json.Marshal(v)
		return string(text), err
	default:
		return fmt.Sprint(v), nil
	}
}

// writeSQLTable shows the rows to a person.
func writeSQLTable(w io.Writer, out stream, rows *duckdb.Rows) error {
	columns := make([]column, len(rows.Columns))
	for i, c := range rows.Columns {
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
				line[i] = readable(v)
			default:
				text, err := valueText(v, rows.Columns[i].Type)
				if err != nil {
					return err
				}
				line[i] = printable(text)
			}
		}
		lines = append(lines, line)
	}
	_, err := fmt.Fprintf(w, "%s%s\n", renderTable(out, columns, lines, true),
		out.paint(dim, plural(len(lines), "row", "rows")))
	return err
}

// isNumber says whether the values of a type of DuckDB are numbers.
func isNumber(kind string) bool {
	kind, _, _ = strings.Cut(kind, "(")
	switch kind {
	case "DECIMAL", "DOUBLE", "FLOAT":
		return true
	}
	return strings.HasSuffix(kind, "INT") || strings.HasSuffix(kind, "INTEGER")
}
