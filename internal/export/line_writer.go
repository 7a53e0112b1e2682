package export

import (
	"bytes"
	"io"
)

// A LineWriter gathers text and passes on whole lines only, so that a program
// which is killed leaves no half of one.
type LineWriter struct {
	w   io.Writer
	buf []byte
	due bool // pass on what there is at the next chance
}

const lineBuffer = 32 << 10

// NewLineWriter passes text on to w.
func NewLineWriter(w io.Writer) *LineWriter {
	return &LineWriter{w: w, buf: make([]byte, 0, 2*lineBuffer)}
}

// Write takes text in. An error may be that of earlier text.
func (l *LineWriter) Write(p []byte) (int, error) {
	l.buf = append(l.buf, p...)
	return len(p), l.settle()
}

// Due passes on at the next chance what there is.
func (l *LineWriter) Due() { l.due = true }

// settle passes on the whole lines when there are enough of them, or when they
// are due.
func (l *LineWriter) settle() error {
	if len(l.buf) < lineBuffer && !l.due {
		return nil
	}
	l.due = false
	end := bytes.LastIndexByte(l.buf, '\n') + 1
	if end == 0 {
		return nil
	}
	_, err := l.w.Write(l.buf[:end])
	l.buf = l.buf[:copy(l.buf, l.buf[end:])]
	return err
}

// Flush passes on all that there is.
func (l *LineWriter) Flush() error {
	if len(l.buf) == 0 {
		return nil
	}
	_, err := l.w.Write(l.buf)
	l.buf = l.buf[:0]
	return err
}
