package alert

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// docs/budgets.md shows an alert with the fields that it has, and a signature that
// is right.
func TestContract(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/budgets.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	h := newHook(t)
	o := newOffice(t, webhook(h.URL))
	o.spend("55", noon)
	o.told(noon)
	if diff := cmp.Diff(fieldsOf(t, example), fieldsOf(t, h.got()[0].body)); diff != "" {
		t.Errorf("-documented +sent:\n%s", diff)
	}
	want := "Ducat-Signature: " + sign(key, time.Unix(1781524860, 0), []byte(`{"id":"1"}`)) + "\n"
	if !strings.Contains(string(page), want) {
		t.Errorf("not documented: %s", want)
	}
	for _, variable := range new(Alert).variables() {
		name, _, _ := strings.Cut(variable, "=")
		if short := strings.TrimPrefix(name, "DUCAT_ALERT"); !strings.Contains(string(page), "`"+short+"`") && !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("%s is not documented", name)
		}
	}
}

// fieldsOf lists the fields of a JSON object, and those of its period.
func fieldsOf(t *testing.T, text string) []string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	fields := slices.Collect(maps.Keys(object))
	if period, ok := object["period"].(map[string]any); ok {
		for field := range period {
			fields = append(fields, "period."+field)
		}
	}
	slices.Sort(fields)
	return fields
}
