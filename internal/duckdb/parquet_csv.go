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
// so is a Parquet file that is there already; but decimals beyond the 24th would be
// rounded, so there must be none. After an error there is no new file.
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
		"COPY (SELECT * FROM read_csv(" + quote(csvPath) + ", auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', " +
			"nullstr = '', columns = " + structOf(columns) + ")) TO " + quote(parquetPath) +
			" (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)",
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

// structOf spells columns as DuckDB's read_csv takes them.
func structOf(columns []Column) string {
	fields := make([]string, len(columns))
	for i, c := range columns {
		fields[i] = quote(c.Name) + ": " + quote(c.Type)
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
