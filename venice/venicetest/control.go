package venicetest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxControlBody is the most that a control request may carry, in bytes.
const maxControlBody = 1 << 30

// control answers the routes beside the API by which another process steers the
// server. They need no key, and answer to this machine only.
func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil && !net.ParseIP(host).IsLoopback() {
		http.Error(w, "control routes answer to loopback only", http.StatusForbidden)
		return
	}
	mux := http.NewServeMux()
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /control/entries":          s.getEntries,
		"POST /control/entries":         s.postEntries,
		"PUT /control/entries/{seq}":    s.putEntry,
		"DELETE /control/entries/{seq}": s.deleteEntry,
		"PUT /control/faults":           s.putFaults,
		"POST /control/clock":           s.postClock,
		"GET /control/requests":         s.getRequests,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := handle(w, r); err != nil {
				status := http.StatusBadRequest
				if errors.Is(err, errNoRow) {
					status = http.StatusNotFound
				}
				http.Error(w, err.Error(), status)
			}
		})
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
	// A web page must not steer the server through its visitor's browser.
	http.NewCrossOriginProtection().Handler(mux).ServeHTTP(w, r)
}

var errNoRow = errors.New("the ledger has no row with that seq")

func (s *Server) getEntries(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/x-ndjson")
	// Once rows are sent, a failure to write means that the client has left.
	_ = s.ledger.write(w, r.URL.Query().Get("hidden") == "1")
	return nil
}

// write prints every row on a line of its own; hidden adds keyId and seq.
func (l *ledger) write(w io.Writer, hidden bool) error {
	const batch = 1000
	var p printer
	var b []byte
	at := position{ms: firstMS - 1}
	for {
		b = b[:0]
		l.mu.RLock()
		rows := l.all.after(at)
		rows = rows[:min(batch, len(rows))]
		for _, r := range rows {
			b = p.json(b, r)
			if hidden {
				b = append(b[:len(b)-1], `,"keyId":`...)
				b = append(append(b, r.key.quoted...), `,"seq":`...)
				b = append(strconv.AppendUint(b, r.seq, 10), '}')
			}
			b = append(b, '\n')
			at = r.position
		}
		l.mu.RUnlock()
		if len(b) == 0 {
			return nil
		}
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("write ledger rows: %w", err)
		}
	}
}

func (s *Server) postEntries(w http.ResponseWriter, r *http.Request) error {
	var entries []Entry
	decoder := json.NewDecoder(bufio.NewReader(r.Body))
	for {
		e, err := readEntry(decoder)
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("row %d: %w; no row was posted", len(entries)+1, err)
		}
		entries = append(entries, e)
	}
	s.Post(entries...)
	_, err := fmt.Fprintln(w, len(entries))
	return err
}

func readEntry(decoder *json.Decoder) (Entry, error) {
	var e Entry
	if err := decoder.Decode(&e); err != nil {
		return Entry{}, err
	}
	return e, e.check()
}

func (s *Server) putEntry(w http.ResponseWriter, r *http.Request) error {
	seq, err := pathSeq(r)
	if err != nil {
		return err
	}
	e, err := readEntry(json.NewDecoder(r.Body))
	if err != nil {
		return err
	}
	if !s.Correct(seq, e) {
		return errNoRow
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) deleteEntry(w http.ResponseWriter, r *http.Request) error {
	seq, err := pathSeq(r)
	if err != nil {
		return err
	}
	if !s.Remove(seq) {
		return errNoRow
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func pathSeq(r *http.Request) (uint64, error) {
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("seq %q is not a number; GET /control/entries?hidden=1 shows it", r.PathValue("seq"))
	}
	return seq, nil
}

func (s *Server) putFaults(w http.ResponseWriter, r *http.Request) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	faults, err := ParseFaults(string(text))
	if err != nil {
		return err
	}
	s.SetFaults(faults...)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) postClock(w http.ResponseWriter, r *http.Request) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	d, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("the body must be a duration such as 11m: %w", err)
	}
	s.Advance(d)
	_, err = fmt.Fprintln(w, s.now().UTC().Format(time.RFC3339Nano))
	return err
}

func (s *Server) getRequests(w http.ResponseWriter, _ *http.Request) error {
	_, err := fmt.Fprintln(w, s.RequestCount())
	return err
}
