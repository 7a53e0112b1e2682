package export_test

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/ducat-ledger/ducat/internal/export"
)

// content reads a file and makes sure that it is alone in its folder.
func content(t *testing.T, path string) string {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 {
		t.Errorf("there are %v, want one file", files)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFileIsWholeOrAsItWas(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usage.csv")
	write := func(text string, fault error) error {
		return export.WholeFile(path, export.Plain, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			if before, readErr := os.ReadFile(path); readErr == nil && string(before) == text {
				t.Error("the file changes before it is whole")
			}
			return errors.Join(err, fault)
		})
	}
	if err := write("first", nil); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != "first" {
		t.Errorf("%q", got)
	}
	if err := write("half", errFull); !errors.Is(err, errFull) {
		t.Errorf("error is %v", err)
	}
	if got := content(t, path); got != "first" {
		t.Errorf("after a fault it is %q", got)
	}
	if err := write("second", nil); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != "second" {
		t.Errorf("%q", got)
	}
}

func TestPlacesWhereNoFileCanBe(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for path, want := range map[string]string{
		folder:                               "is a folder: name a file",
		filepath.Join(folder, "none", "out"): "none does not exist: make it first",
	} {
		err := export.WholeFile(path, export.Plain, func(io.Writer) error {
			t.Errorf("%s: something is written", path)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func TestPacking(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("timestamp,sku,amount\n", 10_000)
	for compression, read := range map[export.Compression]func(io.Reader) (io.Reader, error){
		export.Plain: func(r io.Reader) (io.Reader, error) { return r, nil },
		export.Gzip:  func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		export.Zstd: func(r io.Reader) (io.Reader, error) {
			return zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		},
	} {
		var packed [2]strings.Builder
		for i := range packed {
			err := compression.Pack(&packed[i], func(w io.Writer) error {
				_, err := io.WriteString(w, text)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if packed[0].String() != packed[1].String() {
			t.Errorf("%q: the same text gives two files", compression)
		}
		r, err := read(strings.NewReader(packed[0].String()))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != text {
			t.Errorf("%q: %d bytes read back, %v; want %d", compression, len(got), err, len(text))
		}
	}
	if err := export.Compression("rar").Pack(io.Discard, nil); err == nil {
		t.Error("an unknown compression is accepted")
	}
}
