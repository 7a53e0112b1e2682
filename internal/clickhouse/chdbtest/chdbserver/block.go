package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
)

// The engine reads and writes blocks as a client of revision 0 does, the driver
// as one of its own revision. They differ around the columns, never in them: a
// block is copied from one to the other, its columns byte for byte. Only to know
// where a column ends is it decoded.

// A recorder reads blocks and remembers the bytes of columns.
type recorder struct {
	*proto.Reader
	source    io.Reader
	buffered  *bufio.Reader
	recording bool
	bytes     []byte
}

func record(source io.Reader) *recorder {
	r := &recorder{source: source}
	r.buffered = bufio.NewReaderSize((*tape)(r), 256<<10) // so large that proto.Reader puts no other around it
	r.Reader = proto.NewReader(r.buffered)
	return r
}

// A tape is the source of a recorder, copied while it records.
type tape recorder

func (t *tape) Read(p []byte) (int, error) {
	n, err := t.source.Read(p)
	if t.recording {
		t.bytes = append(t.bytes, p[:n]...)
	}
	return n, err
}

// bytesOf returns what read reads, until the next call.
func (r *recorder) bytesOf(read func(*proto.Reader) error) ([]byte, error) {
	ahead, err := r.buffered.Peek(r.buffered.Buffered())
	if err != nil {
		return nil, err
	}
	r.bytes, r.recording = append(r.bytes[:0], ahead...), true
	err = read(r.Reader)
	r.recording = false
	return r.bytes[:len(r.bytes)-r.buffered.Buffered()], err
}

// ended says whether nothing is left.
func (r *recorder) ended() (bool, error) {
	_, err := r.buffered.Peek(1)
	if err == io.EOF {
		return true, nil
	}
	return false, err
}

// A size is how large a block is.
type size struct{ columns, rows int }

// copyBlock appends the next block of from, written by one revision, to the
// buffer, in another.
func copyBlock(to *proto.Buffer, toRevision int, from *recorder, fromRevision int) (size, error) {
	var info proto.BlockInfo
	var s size
	var err error
	if proto.FeatureBlockInfo.In(fromRevision) {
		if err = info.Decode(from.Reader); err != nil {
			return s, err
		}
	}
	if s.columns, err = from.Int(); err != nil {
		return s, err
	}
	if s.rows, err = from.Int(); err != nil {
		return s, err
	}
	putBlockStart(to, toRevision, s)
	for range s.columns {
		name, err := from.Str()
		if err != nil {
			return s, err
		}
		kind, err := from.Str()
		if err != nil {
			return s, err
		}
		if proto.FeatureCustomSerialization.In(fromRevision) {
			if custom, err := from.Bool(); err != nil || custom {
				return s, fmt.Errorf("column %q comes in a serialization of its own: %t (%w)", name, custom, err)
			}
		}
		putColumnStart(to, toRevision, name, kind)
		if s.rows == 0 {
			continue
		}
		content, err := from.bytesOf(func(r *proto.Reader) error { return skipColumn(r, name, kind, s.rows) })
		if err != nil {
			return s, fmt.Errorf("column %q of type %s: %w", name, kind, err)
		}
		to.PutRaw(content)
	}
	return s, nil
}

func putBlockStart(to *proto.Buffer, revision int, s size) {
	if proto.FeatureBlockInfo.In(revision) {
		proto.BlockInfo{BucketNum: -1}.Encode(to)
	}
	to.PutInt(s.columns)
	to.PutInt(s.rows)
}

func putColumnStart(to *proto.Buffer, revision int, name, kind string) {
	to.PutString(name)
	to.PutString(kind)
	if proto.FeatureCustomSerialization.In(revision) {
		to.PutBool(false)
	}
}

func skipColumn(r *proto.Reader, name, kind string, rows int) error {
	c, err := column.Type(kind).Column(name, &column.ServerContext{Timezone: time.UTC})
	if err != nil {
		return err
	}
	if prefixed, ok := c.(column.CustomSerialization); ok {
		if err := prefixed.ReadStatePrefix(r); err != nil {
			return err
		}
	}
	return c.Decode(r, rows)
}

// A field is one column's name and type.
type field struct{ Name, Type string }

// putHeader appends a block without rows.
func putHeader(to *proto.Buffer, revision int, fields []field) {
	putBlockStart(to, revision, size{columns: len(fields)})
	for _, f := range fields {
		putColumnStart(to, revision, f.Name, f.Type)
	}
}

// fieldsOf reads the start of an answer in the format RowBinaryWithNamesAndTypes.
func fieldsOf(answer []byte) ([]field, error) {
	r := proto.NewReader(bytes.NewReader(answer))
	n, err := r.Int()
	if err != nil {
		return nil, err
	}
	var names []string // and then types
	for range 2 * n {
		s, err := r.Str()
		if err != nil {
			return nil, err
		}
		names = append(names, s)
	}
	var fields []field
	for i, name := range names[:n] {
		fields = append(fields, field{Name: name, Type: names[n+i]})
	}
	return fields, nil
}
