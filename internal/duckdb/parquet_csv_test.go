package duckdb_test

import (
	"bytes"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/ducat-ledger/ducat/internal/duckdb"
)

var parquetColumns = []duckdb.Column{
	{Name: "Cost", Type: "DECIMAL(38,24)"},
	{Name: "Name", Type: "VARCHAR"},
	{Name: "At", Type: "TIMESTAMP WITH TIME ZONE"},
}

// written is a CSV file in a folder whose name means something in patterns.
func written(t *testing.T, content string) (csv, parquet string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "it's [a] * folder")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	csv = filepath.Join(dir, "part-00001.csv")
	if err := os.WriteFile(csv, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return csv, filepath.Join(dir, "part-00001.parquet")
}

// cells reads a Parquet file with another library: numbers by their digits,
// instants in UTC, nil for NULL.
func cells(t *testing.T, path string) (rows [][]any, schema *parquet.Schema) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	reader := parquet.NewReader(file)
	defer reader.Close()
	buffer := make([]parquet.Row, 10)
	for {
		n, err := reader.ReadRows(buffer)
		for _, row := range buffer[:n] {
			cells := make([]any, len(row))
			for i, value := range row {
				cells[i] = cell(value)
			}
			rows = append(rows, cells)
		}
		if errors.Is(err, io.EOF) {
			return rows, file.Schema()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func cell(v parquet.Value) any {
	switch {
	case v.IsNull():
		return nil
	case v.Kind() == parquet.FixedLenByteArray:
		return signed(v.ByteArray()).String()
	case v.Kind() == parquet.Int64:
		return time.UnixMicro(v.Int64()).UTC().Format(time.RFC3339Nano)
	}
	return string(v.ByteArray())
}

// signed reads two's complement.
func signed(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n
}

func TestParquetFromCSV(t *testing.T) {
	t.Parallel()
	csv, path := written(t, "Cost,Name,At\n"+
		"-0.000000000000000000000001,\"a, \"\"b\"\"\",2026-11-20T14:23:07.412Z\n"+
		",,\n"+
		"99999999999999.999999999999999999999999,ü,1970-01-01T00:00:00Z\n"+
		"25,NULL,2026-12-01T00:00:00Z\n")
	if err := duckdb.ParquetFromCSV(t.Context(), csv, path, parquetColumns); err != nil {
		t.Fatal(err)
	}
	rows, schema := cells(t, path)
	want := [][]any{
		{"-1", `a, "b"`, "2026-11-20T14:23:07.412Z"},
		{nil, nil, nil},
		{"99999999999999999999999999999999999999", "ü", "1970-01-01T00:00:00Z"},
		{"25000000000000000000000000", "NULL", "2026-12-01T00:00:00Z"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	types := map[string]string{}
	for _, f := range schema.Fields() {
		types[f.Name()] = f.Type().LogicalType().String()
	}
	wantTypes := map[string]string{
		"Cost": "DECIMAL(38,24)", "Name": "STRING", "At": "TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)",
	}
	if diff := cmp.Diff(wantTypes, types); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
}

func TestParquetFromCSVIsTheSameTwice(t *testing.T) {
	t.Parallel()
	content := bytes.NewBufferString("Cost,Name,At\n")
	for range 5000 {
		content.WriteString("0.25,text,2026-11-20T14:23:07Z\n1.5,,2026-11-20T14:23:08Z\n")
	}
	var files [2][]byte
	for i := range files {
		csv, path := written(t, content.String())
		if err := duckdb.ParquetFromCSV(t.Context(), csv, path, parquetColumns); err != nil {
			t.Fatal(err)
		}
		var err error
		if files[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same CSV made two Parquet files")
	}
}

func TestParquetFromCSVRefuses(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"another header":   "Name,Cost,At\n",
		"a short file":     "Cost,Na",
		"no number":        "Cost,Name,At\nx,,\n",
		"too large":        "Cost,Name,At\n100000000000000,,\n",
		"a digit too many": "Cost,Name,At\n0.0000000000000000000000001,,\n",
		"no instant":       "Cost,Name,At\n1,,soon\n",
		"too few fields":   "Cost,Name,At\n1,a\n",
		"too many fields":  "Cost,Name,At\n1,a,,4\n",
		"an open quote":    "Cost,Name,At\n1,\"a,\n",
		"text after quote": "Cost,Name,At\n1,\"a\"b,\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			csv, path := written(t, content)
			if err := duckdb.ParquetFromCSV(t.Context(), csv, path, parquetColumns); err == nil {
				t.Error("no error")
			}
			if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the file is there after an error: %v", err)
			}
		})
	}
	t.Run("a file that is there", func(t *testing.T) {
		t.Parallel()
		csv, path := written(t, "Cost,Name,At\n")
		if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := duckdb.ParquetFromCSV(t.Context(), csv, path, parquetColumns); err == nil {
			t.Error("no error")
		}
		if content, err := os.ReadFile(path); err != nil || string(content) != "mine" {
			t.Errorf("the file is %q, %v", content, err)
		}
	})
}

// TestParquetFromCSVTakesRelativePaths cannot run beside others: it changes the
// folder of the process.
func TestParquetFromCSVTakesRelativePaths(t *testing.T) {
	csv, path := written(t, "Cost,Name,At\n1,a,\n")
	t.Chdir(filepath.Dir(filepath.Dir(csv)))
	folder := filepath.Base(filepath.Dir(csv))
	from, to := filepath.Join(folder, filepath.Base(csv)), filepath.Join(".", folder, filepath.Base(path))
	if err := duckdb.ParquetFromCSV(t.Context(), from, to, parquetColumns); err != nil {
		t.Fatal(err)
	}
	if rows, _ := cells(t, path); len(rows) != 1 {
		t.Errorf("%d rows", len(rows))
	}
}
