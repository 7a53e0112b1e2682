//go:build unix

package cli

import (
	"os"
	"testing"
)

func TestStreams(t *testing.T) {
	t.Parallel()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	file, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	for _, test := range []struct {
		name       string
		file       *os.File
		env        map[string]string
		tty, color bool
	}{
		{"terminal", terminal, nil, true, true},
		{"empty NO_COLOR", terminal, map[string]string{"NO_COLOR": ""}, true, true},
		{"NO_COLOR", terminal, map[string]string{"NO_COLOR": "1"}, true, false},
		{"dumb terminal", terminal, map[string]string{"TERM": "dumb"}, false, false},
		{"file", file, nil, false, false},
	} {
		s := osStream(test.file, func(name string) string { return test.env[name] })
		if s.tty != test.tty || s.color != test.color {
			t.Errorf("%s: tty %t, color %t", test.name, s.tty, s.color)
		}
	}
}
