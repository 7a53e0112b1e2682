package api_test

import (
	"bytes"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// The description is given out whatever the books do, but to nobody else than they.
func TestDescriptionIsServed(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, failing{version: ledger.ErrBusy})
	if a := s.get("/openapi.json"); a.status != http.StatusOK || !bytes.Equal(a.body, want) {
		t.Errorf("%d %.200s", a.status, a.body)
	}
	if a := s.as(nil).get("/openapi.json"); a.status != http.StatusForbidden {
		t.Errorf("without a viewer: %d %.200s", a.status, a.body)
	}
}

// TestDescriptionIsWhole follows every reference and compiles every schema, also
// those that no answer of the other tests has.
func TestDescriptionIsWhole(t *testing.T) {
	t.Parallel()
	d, err := described()
	if err != nil {
		t.Fatal(err)
	}
	references, schemas := 0, 0
	var walk func(pointer string, value any)
	walk = func(pointer string, value any) {
		switch value := value.(type) {
		case map[string]any:
			if ref, ok := value["$ref"].(string); ok {
				references++
				if target, _ := d.at(strings.TrimPrefix(ref, "#")); target == nil {
					t.Errorf("%s refers to %s, which is not there", pointer, ref)
				}
			}
			if _, ok := value["schema"]; ok {
				schemas++
				d.mu.Lock()
				if _, err := d.compiler.Compile(documentURL + "#" + pointer + "/schema"); err != nil {
					t.Errorf("%s: %v", pointer, err)
				}
				d.mu.Unlock()
			}
			for name, member := range value {
				walk(pointer+"/"+escaped(name), member)
			}
		case []any:
			for i, element := range value {
				walk(pointer+"/"+strconv.Itoa(i), element)
			}
		}
	}
	walk("", d.document)
	if references < 50 || schemas < 20 {
		t.Errorf("%d references and %d schemas were found", references, schemas)
	}
}
