package focus_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/ducat-ledger/ducat/internal/export/focus"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

func TestFolder(t *testing.T) {
	t.Parallel()
	store := home(t,
		use("2026-09-30T23:59:59.999Z", imageSKU, "0.01", "2", "-0.02", venice.USD),
		use("2026-11-01T00:00:00Z", "+1", "0.01", "2", "-0.02", venice.USD),
		use("2026-11-01T00:00:01Z", "bad\nsku", "0.01", "2", "-0.02", "=A1"),
		use("2026-11-02T00:00:00Z", imageSKU, "0.01", "2", "-0.03", venice.USD),
		use("2026-11-03T00:00:00Z", "gift", "1", "2", "3", venice.DIEM),
	)
	dir, _ := exported(t, store, focus.Options{Coverage: []report.Coverage{{
		Account: "home", Missing: []ledger.Window{{Start: at("2026-11-29T00:00:00Z"), End: at("2026-12-02T00:00:00Z")}},
	}}})
	want := []string{
		"data/BILLING_PERIOD=2026-09/manifest.json", "data/BILLING_PERIOD=2026-09/part-00001.csv",
		"data/BILLING_PERIOD=2026-10/manifest.json", "data/BILLING_PERIOD=2026-10/part-00001.csv",
		"data/BILLING_PERIOD=2026-11/manifest.json", "data/BILLING_PERIOD=2026-11/part-00001.csv",
		"metadata/data_generator.json", "metadata/rejects.csv", "metadata/schemas/schema.json",
	}
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Fatalf("files (-want +got):\n%s", diff)
	}
	content := files(t, dir)
	if got := content["data/BILLING_PERIOD=2026-10/part-00001.csv"]; got != workedHeader+"\n" {
		t.Errorf("the empty month is %q", got)
	}
	const rejects = "Reason,Account,Timestamp,Sku,Amount,Currency\n" +
		"\"SKU: text begins with = + - @, which a spreadsheet would run\",home,2026-11-01T00:00:00.000Z,'+1,-0.02,USD\n" +
		"currency of unknown value in US dollars,home,2026-11-01T00:00:01.000Z,bad�sku,-0.02,'=A1\n"
	if diff := cmp.Diff(rejects, content["metadata/rejects.csv"]); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	if got := content["metadata/data_generator.json"]; strings.Join(strings.Fields(got), "") != `{"DataGenerator":"Ducat"}` {
		t.Errorf("the generator is %s", got)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(content["data/BILLING_PERIOD=2026-11/manifest.json"]), &got); err != nil {
		t.Fatal(err)
	}
	id, _ := got["SchemaId"].(string)
	part := content["data/BILLING_PERIOD=2026-11/part-00001.csv"]
	wantManifest := map[string]any{
		"SchemaId": id, "FocusVersion": "1.2", "DataGenerator": "Ducat",
		"BillingPeriodStart": "2026-11-01T00:00:00Z", "BillingPeriodEnd": "2026-12-01T00:00:00Z",
		"Basis": "prepaid", "AllowanceCost": "zero", "Grain": "entry", "Profile": "",
		"Complete": false,
		"Missing":  []any{map[string]any{"Account": "home", "Start": "2026-11-29T00:00:00Z", "End": "2026-12-01T00:00:00Z"}},
		"Entries":  4.0, "Rows": 1.0,
		"Skipped": map[string]any{focus.SkippedGrant: 1.0},
		"Rejected": map[string]any{focus.RejectedCurrency: 1.0,
			"SKU: text begins with = + - @, which a spreadsheet would run": 1.0},
		"Reported":      map[string]any{focus.ReportedAmount: 1.0},
		"data_location": []any{map[string]any{"filepath": "part-00001.csv", "total_bytes": float64(len(part)), "total_rows": 1.0}},
	}
	if diff := cmp.Diff(wantManifest, got); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	if !strings.Contains(content["data/BILLING_PERIOD=2026-09/manifest.json"], `"Complete": true`) {
		t.Error("a hole in November makes September incomplete")
	}

	var schema struct {
		SchemaID         string `json:"SchemaId"`
		FocusVersion     string
		ColumnDefinition []struct{ ColumnName, DataType string }
	}
	if err := json.Unmarshal([]byte(content["metadata/schemas/schema-"+id+".json"]), &schema); err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, c := range schema.ColumnDefinition {
		columns = append(columns, c.ColumnName)
	}
	if schema.SchemaID != id || schema.FocusVersion != "1.2" || strings.Join(columns, ",") != workedHeader {
		t.Errorf("the schema is %+v", schema)
	}

	// Another export of what is good now takes the old list of rejects away, and
	// leaves the other months alone.
	if _, err := focus.Export(t.Context(), home(t, worked()...), dir, options(focus.Options{})); err != nil {
		t.Fatal(err)
	}
	want = slices.DeleteFunc(want, func(name string) bool { return name == "metadata/rejects.csv" })
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	after := files(t, dir)
	if after["data/BILLING_PERIOD=2026-09/part-00001.csv"] != content["data/BILLING_PERIOD=2026-09/part-00001.csv"] {
		t.Error("September changed")
	}
	if after["data/BILLING_PERIOD=2026-11/part-00001.csv"] != workedHeader+workedRows {
		t.Error("November is not the new one")
	}
}

// TestCompressed compares what is in compressed files with the plain ones.
func TestCompressed(t *testing.T) {
	t.Parallel()
	store := home(t, worked()...)
	for _, test := range []struct {
		compress, name string
		open           func(io.Reader) (io.Reader, error)
	}{
		{focus.Gzip, "part-00001.csv.gz", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{focus.Zstd, "part-00001.csv.zst", func(r io.Reader) (io.Reader, error) {
			d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
			if err != nil {
				return nil, err
			}
			return d.IOReadCloser(), nil
		}},
	} {
		dir, _ := exported(t, store, focus.Options{Compress: test.compress})
		reader, err := test.open(strings.NewReader(files(t, dir)["data/BILLING_PERIOD=2026-11/"+test.name]))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		if closer, ok := reader.(io.Closer); ok {
			closer.Close()
		}
		if string(got) != workedHeader+workedRows {
			t.Errorf("%s holds %q", test.name, got)
		}
	}
}

// TestParquet checks what the maker of Parquet files is given, and that its file
// takes the CSV's place.
func TestParquet(t *testing.T) {
	t.Parallel()
	types := map[string]string{}
	dir, _ := exported(t, home(t, worked()...), focus.Options{File: focus.Parquet,
		ToParquet: func(_ context.Context, from, to string, columns []focus.SQLColumn) error {
			var header []string
			for _, c := range columns {
				header = append(header, c.Name)
				types[c.Name] = c.Type
			}
			content, err := os.ReadFile(from)
			if err != nil || strings.Join(header, ",")+workedRows != string(content) {
				return fmt.Errorf("CSV %q, error %w", content, err)
			}
			return os.WriteFile(to, []byte("parquet"), 0o644)
		}})
	content := files(t, dir)
	if got := content["data/BILLING_PERIOD=2026-11/part-00001.parquet"]; got != "parquet" {
		t.Errorf("the part is %q", got)
	}
	if _, found := content["data/BILLING_PERIOD=2026-11/part-00001.csv"]; found {
		t.Error("the CSV is left")
	}
	if m := content["data/BILLING_PERIOD=2026-11/manifest.json"]; !strings.Contains(m, `"total_bytes": 7,`) || !strings.Contains(m, `"part-00001.parquet"`) {
		t.Errorf("the manifest is %s", m)
	}
	for column, want := range map[string]string{"BilledCost": "DECIMAL(38,24)", "x_LedgerTimestamp": "TIMESTAMP WITH TIME ZONE", "SkuPriceDetails": "VARCHAR"} {
		if types[column] != want {
			t.Errorf("%s is %s, want %s", column, types[column], want)
		}
	}
}

// TestFailureLeavesWhatWasThere fails after each number of entries, over an
// earlier export.
func TestFailureLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	old := []venice.UsageEntry{
		use("2026-09-10T00:00:00Z", imageSKU, "1", "1", "-1", venice.USD), use("2026-10-10T00:00:00Z", imageSKU, "1", "1", "-1", venice.USD)}
	var fresh []venice.UsageEntry
	for _, e := range old {
		fresh = append(fresh, e, use(e.Timestamp.Add(time.Hour).Format(time.RFC3339), imageSKU, "1", "2", "-2", venice.USD))
	}
	newDir, _ := exported(t, home(t, fresh...), focus.Options{})
	after := files(t, newDir)
	for failAfter := 1; failAfter < len(fresh); failAfter++ {
		dir, _ := exported(t, home(t, old...), focus.Options{})
		before := files(t, dir)
		_, err := focus.Export(t.Context(), &scripted{Memory: home(t, fresh...), failAfter: failAfter}, dir, options(focus.Options{}))
		if !errors.Is(err, errBroken) {
			t.Fatalf("the error is %v", err)
		}
		got := files(t, dir)
		if diff := cmp.Diff(len(before), len(got)); diff != "" {
			t.Errorf("after %d entries there are other files: %v", failAfter, names(t, dir))
		}
		for _, month := range []string{"2026-09", "2026-10"} {
			part, manifest := "data/BILLING_PERIOD="+month+"/part-00001.csv", "data/BILLING_PERIOD="+month+"/manifest.json"
			isOld := got[part] == before[part] && got[manifest] == before[manifest]
			isNew := got[part] == after[part] && got[manifest] == after[manifest]
			if !isOld && !isNew {
				t.Errorf("after %d entries %s is neither old nor new", failAfter, month)
			}
		}
	}
}

// TestDeadExportIsRepaired finds what a process leaves that dies between the two
// steps of a replacement.
func TestDeadExportIsRepaired(t *testing.T) {
	t.Parallel()
	dir, _ := exported(t, home(t, use("2026-09-10T00:00:00Z", imageSKU, "1", "1", "-1", venice.USD), worked()[1]), focus.Options{})
	want := files(t, dir)
	workshop := filepath.Join(dir, ".focus-123")
	if err := os.MkdirAll(filepath.Join(workshop, "replaced"), 0o755); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		filepath.Join(dir, "data", "BILLING_PERIOD=2026-09"): filepath.Join(workshop, "replaced", "BILLING_PERIOD=2026-09"),
	} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(workshop, "half"), []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := focus.Export(t.Context(), home(t, worked()[1]), dir, options(focus.Options{})); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
}

// TestSameBytesInEveryZone runs the export in processes of other time zones.
func TestSameBytesInEveryZone(t *testing.T) {
	t.Parallel()
	store, _, err := generated(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]string{}
	for _, grain := range []string{focus.GrainEntry, focus.GrainDay} {
		dir, _ := exported(t, store, focus.Options{Grain: grain})
		want[grain] = files(t, dir)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for zone, offset := range map[string]string{"America/Phoenix": "-25200", "Asia/Kolkata": "19800"} {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), program)
		cmd.Env = append(os.Environ(), "TZ="+zone, "FOCUS_TEST_EXPORT="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != offset {
			t.Fatalf("in %s, expected to be %s s from UTC: %v\n%s", zone, offset, err, out)
		}
		for grain := range want {
			if diff := cmp.Diff(want[grain], files(t, filepath.Join(dir, grain))); diff != "" {
				t.Errorf("in %s, by %s (-here +there):\n%s", zone, grain, diff)
			}
		}
	}
}

func TestCompressedTwiceIsTheSame(t *testing.T) {
	t.Parallel()
	store := home(t, worked()...)
	for _, compress := range []string{focus.Gzip, focus.Zstd} {
		first, _ := exported(t, store, focus.Options{Compress: compress})
		second, _ := exported(t, store, focus.Options{Compress: compress})
		if diff := cmp.Diff(files(t, first), files(t, second)); diff != "" {
			t.Errorf("%s twice: %s", compress, diff)
		}
	}
}
