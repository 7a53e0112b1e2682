package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ParquetFromCSV makes a Parquet file of a CSV file of ours: UTF-8, plain, with a
// header that names the columns in their order, and quotes only around what needs
// them. An empty field is NULL. Columns have the types VARCHAR, DECIMAL(38,24) and
// TIMESTAMP WITH TIME ZONE; instants are kept in UTC, to the microsecond.
//
// The same CSV gives the same bytes. What does not fit its column is an error, and
// so is a Parquet file that is there already. After an error there is no new file.
func ParquetFromCSV(ctx context.Context, csvPath, parquetPath string, columns []Column) (err error) {
	if err := checkHeader(csvPath, columns); err != nil {
		return err
	}
	// One thread keeps the order of the rows, and so the bytes.
	h, err := open("", Options{MemoryMB: 256, Threads: 1}, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if _, err := os.Lstat(parquetPath); err == nil {
		return fmt.Errorf("%s is there already: move it away", parquetPath)
	}
	for _, statement := range []string{
		"SET TimeZone = 'UTC'",
		"SET allowed_paths = [" + quote(csvPath) + ", " + quote(parquetPath) + "]",
		"SET allowed_directories = [" + quote(h.spill) + "]",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
		"COPY (SELECT " + casts(columns) + " FROM read_csv(" + quote(csvPath) + ", auto_detect = false, header = true, delim = ',', " +
			"quote = '\"', escape = '\"', nullstr = '', hive_partitioning = false, columns = " + texts(columns) + ")) " +
			"TO " + quote(parquetPath) + " (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)",
	} {
		if _, err := h.ExecContext(ctx, statement); err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return errors.Join(fmt.Errorf("making %s: %w", parquetPath, err), removeIfThere(parquetPath))
		}
	}
	return nil
}

// checkHeader refuses a CSV with other columns, since DuckDB takes them by place.
func checkHeader(path string, columns []Column) error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	want := strings.Join(names, ",") + "\n"
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(file, got); err != nil || string(got) != want {
		return fmt.Errorf("%s: the header is not %q", path, strings.TrimSuffix(want, "\n"))
	}
	return nil
}

// texts has read_csv take every column as text: where it reads instants itself, it
// makes NULL of what is none.
func texts(columns []Column) string {
	fields := make([]string, len(columns))
	for i, c := range columns {
		fields[i] = quote(c.Name) + ": 'VARCHAR'"
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// casts gives the columns their types. A cast to a decimal rounds in silence, so
// the digits are counted before it.
func casts(columns []Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		name := `"` + strings.ReplaceAll(c.Name, `"`, `""`) + `"`
		list[i] = name + "::" + c.Type + " AS " + name
		if strings.HasPrefix(c.Type, "DECIMAL") {
			list[i] = fmt.Sprintf("CASE WHEN length(split_part(%[1]s, '.', 2)) > %[2]d THEN error(%[1]s || ' has more than %[2]d decimals') ELSE %[1]s::%[3]s END AS %[1]s",
				name, scale, c.Type)
		}
	}
	return strings.Join(list, ", ")
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
