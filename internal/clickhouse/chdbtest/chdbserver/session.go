package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
)

// revision is the newest one of the native protocol that the server speaks. It
// is the driver's.
const revision = 54460

// A session serves one client over ClickHouse's native protocol. Its queries
// share nothing but the database that it named: what one sets, the next does not
// see.
type session struct {
	engine   *engine
	conn     net.Conn
	folder   string // for rows on their way in
	id       int
	queries  int
	in       *recorder
	unpacked *recorder // blocks of a client that packs them
	out      proto.Buffer
	packer   *compress.Writer
	packed   bool // both ways, for the present query
	revision int
	database string
}

func newSession(e *engine, conn net.Conn, folder string, id int) *session {
	s := &session{engine: e, conn: conn, folder: folder, id: id, in: record(conn), packer: compress.NewWriter(compress.LevelZero, compress.LZ4)}
	s.unpacked = record(compress.NewReader(s.in))
	return s
}

// serve answers until the client leaves.
func (s *session) serve() error {
	if err := s.greet(); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	for {
		if ended, err := s.in.ended(); ended || err != nil {
			return err
		}
		code, err := s.in.ReadByte()
		if err != nil {
			return err
		}
		switch proto.ClientCode(code) {
		case proto.ClientCodePing:
			proto.ServerCodePong.Encode(&s.out)
			err = s.flush()
		case proto.ClientCodeCancel: // of a query that had ended
		case proto.ClientCodeQuery:
			err = s.answer()
		default:
			err = fmt.Errorf("packet %s where a query belongs", proto.ClientCode(code))
		}
		if err != nil {
			return err
		}
	}
}

func (s *session) greet() error {
	code, err := s.in.ReadByte()
	if err != nil {
		return err
	}
	if proto.ClientCode(code) != proto.ClientCodeHello {
		return fmt.Errorf("packet %d: is this no client of the native protocol?", code)
	}
	var client proto.ClientHello
	if err := client.Decode(s.in.Reader); err != nil {
		return err
	}
	s.revision, s.database = min(client.ProtocolVersion, revision), client.Database
	if !proto.FeatureParameters.In(s.revision) {
		return fmt.Errorf("the client speaks revision %d, want %d", client.ProtocolVersion, proto.FeatureParameters)
	}
	hello := proto.ServerHello{
		Name: "ClickHouse", DisplayName: "chdb", Revision: revision, Timezone: s.engine.zone,
		Major: s.engine.version[0], Minor: s.engine.version[1], Patch: s.engine.version[2],
	}
	hello.EncodeAware(&s.out, s.revision)
	if err := s.flush(); err != nil {
		return err
	}
	_, err = s.in.Str() // the quota's key
	return err
}

func (s *session) flush() error {
	_, err := s.conn.Write(s.out.Buf)
	s.out.Reset()
	return err
}

// answer runs the query that the client sends next.
func (s *session) answer() error {
	var q proto.Query
	if err := q.DecodeAware(s.in.Reader, s.revision); err != nil {
		return fmt.Errorf("reading a query: %w", err)
	}
	s.packed = q.Compression == proto.CompressionEnabled
	if err := s.noTables(); err != nil {
		return err
	}
	err := s.run(q)
	if refused, ok := errors.AsType[*exception](err); ok {
		proto.ServerCodeException.Encode(&s.out)
		(&proto.Exception{Code: proto.Error(refused.code), Name: "DB::Exception", Message: refused.message}).EncodeAware(&s.out, s.revision)
		return s.flush()
	}
	if err != nil {
		return err
	}
	proto.ServerCodeEndOfStream.Encode(&s.out)
	return s.flush()
}

// noTables reads the end of the tables that a client may send with a query.
func (s *session) noTables() error {
	got, err := s.receive(new(proto.Buffer))
	if err == nil && got.columns > 0 {
		err = errors.New("tables that come with a query are not served")
	}
	return err
}

func (s *session) run(q proto.Query) error {
	c, err := s.engine.connect()
	if err != nil {
		return err
	}
	defer c.close()
	s.queries++
	tag := fmt.Sprintf("session %d query %d", s.id, s.queries)
	if err := s.prepare(c, q, tag); err != nil {
		return err
	}
	if into := insertion.FindStringSubmatch(q.Body); into != nil {
		return s.insert(c, insert{table: into[1], columns: into[2], settings: into[3]}, tag)
	}
	return s.cancellable(tag, func() error { return s.selects(c, possible(q.Body)) })
}

// prepare makes the connection's session that of the query.
func (s *session) prepare(c *connection, q proto.Query, tag string) error {
	if s.database != "" {
		if _, err := c.query("USE `"+strings.ReplaceAll(s.database, "`", "``")+"`", "Null"); err != nil {
			return err
		}
	}
	var set []string
	for _, setting := range q.Settings {
		value := setting.Value
		if !setting.Custom { // a custom one is a literal already
			value = quoted(value)
		}
		set = append(set, setting.Key+" = "+value)
	}
	for _, p := range q.Parameters {
		set = append(set, "param_"+p.Key+" = "+p.Value)
	}
	set = append(set, "log_comment = "+quoted(tag))
	_, err := c.query("SET "+strings.Join(set, ", "), "Null")
	return err
}

// selects sends the answer to any statement whose data is in its text.
func (s *session) selects(c *connection, text string) error {
	sent := false
	each := func(piece []byte) error {
		sent = true
		return s.sendBlocks(piece)
	}
	err := c.stream(text, each)
	streamed := !errors.Is(err, errNotStreamed)
	if !streamed {
		var answer []byte
		if answer, err = c.query(text, "Native"); err == nil && len(answer) > 0 {
			err = each(answer)
		}
	}
	if err != nil || sent || !streamed && !asks.MatchString(text) {
		return err
	}
	// The Native format does not say which columns an empty answer has.
	answer, err := c.query(text, "RowBinaryWithNamesAndTypes")
	if err != nil {
		return err
	}
	fields, err := fieldsOf(answer)
	if err != nil {
		return err
	}
	return s.sendHeader(fields)
}

func (s *session) sendBlocks(piece []byte) error {
	for from := record(bytes.NewReader(piece)); ; {
		if ended, err := from.ended(); ended || err != nil {
			return err
		}
		err := s.send(func(to *proto.Buffer) error {
			if _, err := copyBlock(to, s.revision, from, 0); err != nil {
				return &exception{code: unknownException, message: "chdbserver: " + err.Error()}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

func (s *session) sendHeader(fields []field) error {
	return s.send(func(to *proto.Buffer) error {
		putHeader(to, s.revision, fields)
		return nil
	})
}

// send sends the block that put appends.
func (s *session) send(put func(*proto.Buffer) error) error {
	proto.ServerCodeData.Encode(&s.out)
	s.out.PutString("") // no temporary table
	start := len(s.out.Buf)
	if err := put(&s.out); err != nil {
		s.out.Reset()
		return err
	}
	if s.packed {
		if err := s.packer.Compress(s.out.Buf[start:]); err != nil {
			return err
		}
		s.out.Buf = append(s.out.Buf[:start], s.packer.Data...)
	}
	return s.flush()
}

// receive appends the client's next block to the buffer as the engine reads it.
func (s *session) receive(to *proto.Buffer) (size, error) {
	code, err := s.in.ReadByte()
	if err != nil {
		return size{}, err
	}
	if proto.ClientCode(code) != proto.ClientCodeData {
		return size{}, fmt.Errorf("packet %s where data belongs", proto.ClientCode(code))
	}
	if _, err := s.in.Str(); err != nil { // the temporary table's name
		return size{}, err
	}
	from := s.in
	if s.packed {
		from = s.unpacked
	}
	return copyBlock(to, 0, from, s.revision)
}

// cancellable runs a query that ends when the client cancels it or hangs up.
func (s *session) cancellable(tag string, run func() error) error {
	var watch sync.WaitGroup
	var killed error
	done := make(chan struct{})
	watch.Go(func() {
		next, err := s.in.buffered.Peek(1)
		if errors.Is(err, os.ErrDeadlineExceeded) || err == nil && proto.ClientCode(next[0]) != proto.ClientCodeCancel {
			return
		}
		for { // until the engine knows the query
			if killed = s.engine.kill(tag); killed != nil {
				return
			}
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	err := run()
	close(done)
	if stop := s.conn.SetReadDeadline(time.Unix(1, 0)); stop != nil && err == nil {
		err = stop
	}
	watch.Wait()
	if resume := s.conn.SetReadDeadline(time.Time{}); resume != nil && err == nil {
		err = resume
	}
	return errors.Join(err, killed)
}
