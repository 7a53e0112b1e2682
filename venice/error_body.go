package venice

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// readEnvelope reads what it can of an unsuccessful answer's body. Venice has
// several forms, and what stands between may answer in HTML or not at all, so
// nothing here can fail.
func (e *APIError) readEnvelope(body []byte) {
	var envelope struct {
		Error   json.RawMessage `json:"error"`
		Code    any             `json:"code"`
		Details json.RawMessage `json:"details"`
		Issues  []struct {
			Code    string `json:"code"`
			Path    []any  `json:"path"`
			Message string `json:"message"`
		} `json:"issues"`
	}
	if json.Unmarshal(body, &envelope) != nil && envelope.Error == nil {
		e.Message = clean(string(e.Body[:min(len(e.Body), 200)]), 200)
		if strings.HasPrefix(e.Message, "<") {
			e.Message = "a page of HTML instead of an answer"
		}
		return
	}
	e.readErrorMember(envelope.Error)
	if code, ok := envelope.Code.(string); ok {
		e.Code = clean(code, 100)
	}
	for _, issue := range envelope.Issues {
		path := make([]string, len(issue.Path))
		for i, step := range issue.Path {
			path[i] = clean(fmt.Sprint(step), 100)
		}
		e.Issues = append(e.Issues, Issue{Code: clean(issue.Code, 100), Path: path, Message: clean(issue.Message, maxMessage)})
	}
	if len(e.Issues) == 0 {
		e.readDetails(envelope.Details)
	}
}

// readErrorMember reads "error": a sentence, or an object with one in it.
func (e *APIError) readErrorMember(member json.RawMessage) {
	var text string
	if json.Unmarshal(member, &text) == nil {
		e.Message = clean(text, maxMessage)
		return
	}
	var object struct {
		Message string `json:"message"`
		Code    any    `json:"code"`
	}
	if json.Unmarshal(member, &object) == nil {
		e.Message = clean(object.Message, maxMessage)
		if code, ok := object.Code.(string); ok {
			e.Code = clean(code, 100)
		}
	}
}

// readDetails reads "details": a sentence, or a tree of fields with the
// refusals of each under "_errors".
func (e *APIError) readDetails(details json.RawMessage) {
	var text string
	if json.Unmarshal(details, &text) == nil && text != "" {
		e.Issues = append(e.Issues, Issue{Message: clean(text, maxMessage)})
		return
	}
	var tree map[string]any
	if json.Unmarshal(details, &tree) == nil {
		e.walkDetails(nil, tree)
	}
}

func (e *APIError) walkDetails(path []string, tree map[string]any) {
	messages, _ := tree["_errors"].([]any)
	for _, m := range messages {
		if text, ok := m.(string); ok {
			e.Issues = append(e.Issues, Issue{Path: path, Message: clean(text, maxMessage)})
		}
	}
	for _, field := range slices.Sorted(maps.Keys(tree)) {
		if below, ok := tree[field].(map[string]any); ok {
			e.walkDetails(append(slices.Clip(path), clean(field, 100)), below)
		}
	}
}
