package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A description checks answers against openapi.json. Its schemas are JSON Schema
// 2020-12, so a validator of that reads them where they are.
type description struct {
	document any
	mu       sync.Mutex
	compiler *jsonschema.Compiler
}

const documentURL = "test:///openapi.json"

var described = sync.OnceValues(func() (*description, error) {
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	d := &description{document: document, compiler: jsonschema.NewCompiler()}
	d.compiler.AssertFormat()
	return d, d.compiler.AddResource(documentURL, document)
})

// at is what a pointer names, and the pointer to it behind all references.
func (d *description) at(pointer string) (any, string) {
	value := d.document
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		members, _ := value.(map[string]any)
		value = members[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
	}
	if members, ok := value.(map[string]any); ok {
		if ref, ok := members["$ref"].(string); ok {
			return d.at(strings.TrimPrefix(ref, "#"))
		}
	}
	return value, pointer
}

func escaped(step string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(step) }

// check says what of an answer is not as it is described.
func (d *description) check(r *http.Request, status int, header http.Header, body []byte) error {
	operation := "/paths/" + escaped(r.URL.Path) + "/get"
	if found, _ := d.at(operation); found == nil {
		if status != http.StatusNotFound && status != http.StatusForbidden {
			return fmt.Errorf("%s: %d for a route that is not described", r.URL, status)
		}
		return d.valid("/components/schemas/Error", body)
	}
	found, response := d.at(fmt.Sprintf("%s/responses/%d", operation, status))
	if found == nil {
		return fmt.Errorf("%s: %d is not described", r.URL, status)
	}
	headers, _ := d.at(response + "/headers")
	named, _ := headers.(map[string]any)
	for name := range named {
		if err := d.checkHeader(response+"/headers/"+escaped(name), name, header); err != nil {
			return fmt.Errorf("%s: %w", r.URL, err)
		}
	}
	content, _ := d.at(response + "/content")
	if content == nil || r.Method == http.MethodHead {
		if len(body) > 0 {
			return fmt.Errorf("%s: %d has a body", r.URL, status)
		}
		return nil
	}
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return err
	}
	found, schema := d.at(response + "/content/" + escaped(media) + "/schema")
	if found == nil {
		return fmt.Errorf("%s: %d as %s is not described", r.URL, status, media)
	}
	if media == "text/csv" {
		return nil
	}
	if err := d.valid(schema, body); err != nil {
		return fmt.Errorf("%s: %d: %w", r.URL, status, err)
	}
	return nil
}

func (d *description) checkHeader(pointer, name string, header http.Header) error {
	found, pointer := d.at(pointer)
	values := header[http.CanonicalHeaderKey(name)]
	if len(values) == 0 {
		if required, _ := found.(map[string]any)["required"].(bool); required {
			return fmt.Errorf("the header %s is missing", name)
		}
		return nil
	}
	text := []byte(values[0])
	if kind, _ := d.at(pointer + "/schema/type"); kind != "integer" {
		text, _ = json.Marshal(values[0])
	}
	if err := d.valid(pointer+"/schema", text); err != nil {
		return fmt.Errorf("the header %s: %w", name, err)
	}
	return nil
}

// valid says what of a JSON text is not as a schema wants it.
func (d *description) valid(pointer string, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%w in %.200s", err, text)
	}
	d.mu.Lock() // the compiler keeps what it compiled
	schema, err := d.compiler.Compile(documentURL + "#" + pointer)
	d.mu.Unlock()
	if err != nil {
		return err
	}
	return schema.Validate(value)
}
