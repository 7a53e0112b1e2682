package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library holds the functions of libchdb.so. Handles are addresses of its own;
// what a result points to lives until the result is destroyed.
type library struct {
	setSignalHandlers func(enabled int32)
	connect           func(argc int32, argv **byte) *uintptr
	closeConnection   func(connection *uintptr)
	query             func(connection uintptr, query *byte, length uintptr, format *byte, formatLength uintptr) uintptr
	streamQuery       func(connection uintptr, query *byte, length uintptr, format *byte, formatLength uintptr) uintptr
	streamFetch       func(connection, stream uintptr) uintptr
	streamCancel      func(connection, stream uintptr)
	resultError       func(result uintptr) string
	resultBuffer      func(result uintptr) *byte
	resultLength      func(result uintptr) uintptr
	destroyResult     func(result uintptr)
}

func load(file string) (*library, error) {
	handle, err := purego.Dlopen(file, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, err
	}
	lib := new(library)
	for name, function := range map[string]any{
		"chdb_set_signal_handlers_enabled": &lib.setSignalHandlers,
		"chdb_connect":                     &lib.connect,
		"chdb_close_conn":                  &lib.closeConnection,
		"chdb_query_n":                     &lib.query,
		"chdb_stream_query_n":              &lib.streamQuery,
		"chdb_stream_fetch_result":         &lib.streamFetch,
		"chdb_stream_cancel_query":         &lib.streamCancel,
		"chdb_result_error":                &lib.resultError,
		"chdb_result_buffer":               &lib.resultBuffer,
		"chdb_result_length":               &lib.resultLength,
		"chdb_destroy_query_result":        &lib.destroyResult,
	} {
		if _, err := purego.Dlsym(handle, name); err != nil {
			return nil, err
		}
		purego.RegisterLibFunc(function, handle, name)
	}
	return lib, nil
}

// An engine is the one database of this process. Its connections run their
// queries at the same time.
type engine struct {
	lib     *library
	args    []string
	keep    *connection // the library ends the database with its last connection
	version [3]int
	zone    string
}

func start(libFile string, args ...string) (*engine, error) {
	lib, err := load(libFile)
	if err != nil {
		return nil, err
	}
	lib.setSignalHandlers(0) // they would take crashes away from the runtime, and sleep on them
	e := &engine{lib: lib, args: append([]string{"clickhouse"}, args...)}
	if e.keep, err = e.connect(); err != nil {
		return nil, err
	}
	about, err := e.keep.query("SELECT replaceAll(version(), '.', ' '), timezone()", "TSV")
	if err != nil {
		return nil, err
	}
	version, zone, _ := strings.Cut(strings.TrimSpace(string(about)), "\t")
	if _, err := fmt.Sscan(version, &e.version[0], &e.version[1], &e.version[2]); err != nil {
		return nil, fmt.Errorf("the engine says of itself %q: %w", about, err)
	}
	e.zone = zone
	return e, nil
}

// connect opens a session of its own: what it sets, others do not see.
func (e *engine) connect() (*connection, error) {
	argv := make([]*byte, len(e.args))
	var pinner runtime.Pinner
	defer pinner.Unpin()
	for i, arg := range e.args {
		argv[i] = &append([]byte(arg), 0)[0]
		pinner.Pin(argv[i])
	}
	handle := e.lib.connect(int32(len(argv)), &argv[0])
	if handle == nil {
		return nil, fmt.Errorf("the engine refuses a connection with %q", e.args)
	}
	return &connection{lib: e.lib, handle: handle}, nil
}

// kill ends the queries that carry the tag.
func (e *engine) kill(tag string) error {
	c, err := e.connect()
	if err != nil {
		return err
	}
	defer c.close()
	_, err = c.query("KILL QUERY WHERE Settings['log_comment'] = "+quoted(tag)+" ASYNC", "Null")
	return err
}

// A connection runs one query at a time.
type connection struct {
	lib    *library
	handle *uintptr
}

func (c *connection) close() { c.lib.closeConnection(c.handle) }

// query returns the whole answer in the format.
func (c *connection) query(text, format string) ([]byte, error) {
	result := c.lib.query(*c.handle, unsafe.StringData(text), uintptr(len(text)), unsafe.StringData(format), uintptr(len(format)))
	defer c.lib.destroyResult(result)
	content, err := c.content(result)
	return bytes.Clone(content), err
}

// errNotStreamed says that a statement is no SELECT; query runs it.
var errNotStreamed = errors.New("only a SELECT can be streamed")

// stream calls each with the pieces of the answer in the Native format, a few
// whole blocks in each; a piece is gone when each returns.
func (c *connection) stream(text string, each func([]byte) error) error {
	const format = "Native"
	stream := c.lib.streamQuery(*c.handle, unsafe.StringData(text), uintptr(len(text)), unsafe.StringData(format), uintptr(len(format)))
	defer c.lib.destroyResult(stream)
	if _, err := c.content(stream); err != nil {
		if strings.Contains(err.Error(), "Streaming query is not supported for query: ") {
			return errNotStreamed
		}
		return err
	}
	for {
		more, err := c.fetch(stream, each)
		if err != nil {
			c.lib.streamCancel(*c.handle, stream)
		}
		if err != nil || !more {
			return err
		}
	}
}

func (c *connection) fetch(stream uintptr, each func([]byte) error) (more bool, err error) {
	result := c.lib.streamFetch(*c.handle, stream)
	defer c.lib.destroyResult(result)
	content, err := c.content(result)
	if err != nil || len(content) == 0 {
		return false, err
	}
	return true, each(content)
}

// content is what a result holds, in the library's memory.
func (c *connection) content(result uintptr) ([]byte, error) {
	if result == 0 {
		return nil, errors.New("the engine returned no result")
	}
	if message := c.lib.resultError(result); message != "" {
		return nil, exceptionOf(message)
	}
	return unsafe.Slice(c.lib.resultBuffer(result), c.lib.resultLength(result)), nil
}

// An exception is the engine's refusal.
type exception struct {
	code    int32
	message string // after "DB::Exception: "
}

func (e *exception) Error() string { return fmt.Sprintf("code %d: %s", e.code, e.message) }

var exceptionText = regexp.MustCompile(`(?s)^Code: (\d+)\. DB::Exception: (.*)$`)

func exceptionOf(message string) *exception {
	if parts := exceptionText.FindStringSubmatch(message); parts != nil {
		if code, err := strconv.ParseInt(parts[1], 10, 32); err == nil {
			return &exception{code: int32(code), message: parts[2]}
		}
	}
	return &exception{code: unknownException, message: message}
}

// unknownException is ClickHouse's UNKNOWN_EXCEPTION.
const unknownException = 1002

// quoted is a string literal of ClickHouse.
func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
