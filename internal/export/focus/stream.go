package focus

import (
	"context"
	"io"
	"time"
)

// A stream is a sink for one CSV without a folder.
type stream struct{ *table }

func newStream(to io.Writer, o Options, columns []column) (stream, error) {
	t, err := newTable(to, o.Compress, columns)
	return stream{t}, err
}

func (stream) begin(time.Time) error            { return nil }
func (stream) reject(Reject) error              { return nil }
func (stream) end(context.Context, Month) error { return nil }
