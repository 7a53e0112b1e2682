package export

import (
	"strings"
	"testing"
)

func TestLineWriterPassesOnWholeLines(t *testing.T) {
	t.Parallel()
	var got writes
	w := NewLineWriter(&got)
	line := strings.Repeat("x", 999) + "\n"
	for range 100 {
		for _, part := range []string{line[:400], line[400:]} {
			if _, err := w.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := w.Write([]byte("the end")); err != nil {
		t.Fatal(err)
	}
	if len(got) < 2 {
		t.Errorf("%d writes for 100 KB: nothing is passed on while it is written", len(got))
	}
	for i, text := range got {
		if !strings.HasSuffix(text, "\n") {
			t.Errorf("write %d ends within a line", i)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if all, want := strings.Join(got, ""), strings.Repeat(line, 100)+"the end"; all != want {
		t.Errorf("%d bytes arrived, want %d", len(all), len(want))
	}
}

// writes keeps each write for itself.
type writes []string

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, string(p))
	return len(p), nil
}
