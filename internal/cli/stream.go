package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// A stream is where text goes, and what can be shown there.
type stream struct {
	io.Writer
	// tty says that a person looks at it: bars, progress and hints make sense.
	tty bool
	// color says that escape sequences for colour may be used.
	color bool
	// width is in characters; 0 when there is no end of the line.
	width int
}

// osStream finds out what a file of the process can show. A dumb terminal is
// treated as a pipe.
func osStream(f *os.File, env func(string) string) stream {
	s := stream{Writer: f}
	if !term.IsTerminal(int(f.Fd())) || env("TERM") == "dumb" {
		return s
	}
	s.tty = true
	s.color = env("NO_COLOR") == ""
	if width, _, err := term.GetSize(int(f.Fd())); err == nil {
		s.width = width
	}
	return s
}

// The emphasis of a text, as the parameter of the escape sequence SGR.
type emphasis string

const (
	bold   emphasis = "1"
	dim    emphasis = "2"
	red    emphasis = "31"
	green  emphasis = "32"
	yellow emphasis = "33"
	blue   emphasis = "34"
	cyan   emphasis = "36"
)

// paint emphasises text where colour may be used.
func (s stream) paint(e emphasis, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + string(e) + "m" + text + "\x1b[0m"
}
