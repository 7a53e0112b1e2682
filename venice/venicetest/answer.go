package venicetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const jsonType = "application/json; charset=utf-8"

// answer is what a route gives back; the server adds the headers that all
// answers share, and delivers it.
type answer struct {
	status int
	header http.Header // beside the common ones; may be nil
	body   []byte
	how    delivery
	pause  time.Duration // between bytes, when slow
	// recycle says that nobody else holds on to the body.
	recycle bool
	// unmetered answers go without the headers of the error budget.
	unmetered bool
}

type delivery int

const (
	whole delivery = iota
	never          // nothing, until the client leaves
	reset
	slow
	cut
)

func (a answer) with(name, value string) answer {
	a.header = a.header.Clone()
	if a.header == nil {
		a.header = make(http.Header)
	}
	a.header.Set(name, value)
	return a
}

func (a answer) contentType() string { return a.header.Get("Content-Type") }

// jsonAnswer wraps a JSON text.
func jsonAnswer(status int, body []byte) answer {
	return answer{status: status, body: body}.with("Content-Type", jsonType)
}

// encoded wraps a value that has a JSON form.
func encoded(status int, v any) answer {
	body, err := marshal(v)
	if err != nil {
		return failure(http.StatusInternalServerError, fmt.Sprintf("encode answer: %v", err))
	}
	return jsonAnswer(status, body)
}

// marshal is json.Marshal without the escapes for HTML, which JavaScript does not
// write.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// failure is the StandardError of the API.
func failure(status int, message string) answer {
	return encoded(status, map[string]string{"error": message})
}

// issue is one finding of a validator, in the form in which Zod reports it.
type issue struct {
	Code       string   `json:"code"`
	Expected   string   `json:"expected,omitempty"`
	Received   string   `json:"received,omitempty"`
	Validation string   `json:"validation,omitempty"`
	Options    []string `json:"options,omitempty"`
	Keys       []string `json:"keys,omitempty"`
	Minimum    *int     `json:"minimum,omitempty"`
	Maximum    *int     `json:"maximum,omitempty"`
	Type       string   `json:"type,omitempty"`
	Inclusive  *bool    `json:"inclusive,omitempty"`
	Exact      *bool    `json:"exact,omitempty"`
	Path       []string `json:"path"`
	Message    string   `json:"message"`
}

// invalid is the DetailedError of the API: the issues flat, and as a tree of
// messages by parameter.
func invalid(issues []issue) answer {
	details := map[string]any{}
	root := []string{}
	byField := map[string][]string{}
	for i := range issues {
		if len(issues[i].Path) == 0 {
			issues[i].Path = []string{}
			root = append(root, issues[i].Message)
			continue
		}
		field := issues[i].Path[0]
		byField[field] = append(byField[field], issues[i].Message)
	}
	for field, messages := range byField {
		details[field] = map[string]any{"_errors": messages}
	}
	details["_errors"] = root
	return encoded(http.StatusBadRequest, map[string]any{
		"error":   "Invalid request parameters",
		"details": details,
		"issues":  issues,
	})
}

// deliver sends the answer in the way that it asks for.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, a answer) {
	switch a.how {
	case never:
		select {
		case <-r.Context().Done():
		case <-s.closing:
		}
		abort(w)
		return
	case reset:
		abort(w)
		return
	}
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	switch a.how {
	case cut:
		// net/http closes a connection whose handler wrote less than it declared.
		w.Write(a.body[:len(a.body)/2])
		http.NewResponseController(w).Flush()
	case slow:
		s.drip(w, r, a)
	default:
		w.Write(a.body)
	}
	if a.recycle {
		s.pages.Put(&a.body)
	}
}

// page returns an empty buffer, as large as the last page if there was one: pages
// are large, and to allocate each costs more than to print it.
func (s *Server) page() []byte {
	if b, ok := s.pages.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

// drip sends the headers at once and the body a byte at a time.
func (s *Server) drip(w http.ResponseWriter, r *http.Request, a answer) {
	flush := http.NewResponseController(w).Flush
	for i := range a.body {
		flush()
		if !s.pause(r, a.pause) {
			return
		}
		if _, err := w.Write(a.body[i : i+1]); err != nil {
			return
		}
	}
}

// pause waits, and says whether the client is still there.
func (s *Server) pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-s.closing:
	}
	return false
}

// abort ends the exchange without an answer: a reset where there is a connection,
// else an answer whose body never comes.
func abort(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.Header().Set("Content-Length", "1")
		w.WriteHeader(http.StatusOK)
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// wantsCSV says whether an Accept header names text/csv anywhere in its list.
func wantsCSV(accept []string) bool {
	for _, list := range accept {
		for part := range strings.SplitSeq(list, ",") {
			media, _, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(media), "text/csv") {
				return true
			}
		}
	}
	return false
}
