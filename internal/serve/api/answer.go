package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

const (
	mediaJSON = "application/json; charset=utf-8"
	mediaCSV  = "text/csv; charset=utf-8"
)

// answer is what a route gives back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func newAnswer(status int, media string, body []byte) answer {
	return answer{status, http.Header{"Content-Type": {media}}, body}
}

// with sets a header.
func (a answer) with(name, value string) answer {
	a.header.Set(name, value)
	return a
}

// jsonAnswer encodes a value, without the escapes for HTML.
func jsonAnswer(status int, v any) answer {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return failure(http.StatusInternalServerError, fmt.Sprintf("The answer could not be encoded: %v", err))
	}
	return newAnswer(status, mediaJSON, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// failure is Venice's StandardError.
func failure(status int, message string) answer {
	return jsonAnswer(status, struct {
		Error string `json:"error"`
	}{message})
}

func (a answer) deliver(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Accept, Authorization, Cookie")
	if a.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		w.Write(a.body) // nobody is left to be told of a failure
	}
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
