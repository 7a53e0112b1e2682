// Package ducat_test holds the repository to its plan: which package may know
// which, and what no file may say.
package ducat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ducat-ledger/ducat"

// mayImport says which of our packages a package may import, tests aside. Who is
// not here has no place in the plan yet: give it a line, below all that it serves.
// A name that ends in a slash stands for the packages in that folder.
var mayImport = map[string][]string{
	"cmd/ducat":    {"internal/cli"},
	"internal/cli": {"internal/", "venice", "venice/venicetest"},

	"internal/mcp":             {"internal/report", "internal/export", "internal/ledger", "venice"},
	"internal/serve":           {"internal/serve/access"},
	"internal/serve/access":    {},
	"internal/serve/api":       {"internal/serve/access", "internal/report", "internal/export", "internal/ledger", "venice"},
	"internal/serve/dashboard": {"internal/serve/access", "internal/serve/syncing", "internal/report", "internal/export", "internal/export/focus", "internal/money", "internal/ledger", "venice"},
	"internal/serve/metrics":   {"internal/serve/access", "internal/serve/syncing", "internal/report", "internal/ledger", "venice"},
	"internal/serve/syncing":   {"internal/ledger", "venice"},

	"internal/export": {"internal/report", "internal/ledger", "venice"},
	"internal/status": {"internal/report", "internal/export", "internal/ledger", "venice"},
	"internal/intake": {"internal/export", "internal/ledger", "venice"},
	"internal/report": {"internal/ledger", "venice"},
	"internal/money":  {},
	"internal/alert":  {"internal/config", "internal/export", "internal/report", "internal/ledger", "venice"},
	"internal/config": {"internal/report", "internal/ledger", "venice"},

	"internal/export/focus/focustest": {"internal/ledger", "venice"},
	"internal/export/focus":           {"internal/export", "internal/report", "internal/ledger", "venice"},

	"internal/duckdb":                         {"internal/ledger", "internal/ledger/periods", "venice"},
	"internal/clickhouse":                     {"internal/ledger", "internal/ledger/periods", "venice"},
	"internal/clickhouse/chdbtest":            {},
	"internal/clickhouse/chdbtest/chdbserver": {},
	"internal/transfer":                       {"internal/ledger", "venice"},
	"internal/ledger/ledgertest":              {"internal/ledger", "venice", "venice/venicetest"},
	"internal/ledger/periods":                 {"internal/ledger"},
	"internal/ledger":                         {"venice"},

	"venice":            {},
	"venice/venicetest": {},

	"bench":          {"bench/floats", "internal/clickhouse", "internal/ledger", "internal/report", "venice", "venice/venicetest"},
	"bench/copy":     {},
	"bench/discard":  {"venice"},
	"bench/multiply": {},
	"bench/naive":    {"bench/floats"},
	"bench/empty":    {},
	"bench/floats":   {},
}

// importable are the packages for other modules. They bring their users nothing
// but the standard library and these.
var importable = map[string][]string{
	"venice":            {"github.com/shopspring/decimal"},
	"venice/venicetest": {"github.com/shopspring/decimal"},
}

// nameless are names that do not say what a package is for.
var nameless = []string{"pkg", "util", "utils", "common", "models", "helpers", "misc"}

func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	packages := list(t, "./...")
	for _, p := range packages {
		name := ours(p.ImportPath)
		if name == "" {
			continue // the folder of this test
		}
		for element := range strings.SplitSeq(name, "/") {
			if slices.Contains(nameless, element) {
				t.Errorf("%s: %q does not say what the package is for", name, element)
			}
		}
		allowed, planned := mayImport[name]
		if !planned {
			t.Errorf("%s has no line in mayImport: say there what it may import", name)
			continue
		}
		for _, imported := range p.Imports {
			if needs := ours(imported); needs != "" && !covers(allowed, needs) {
				t.Errorf("%s imports %s; it may import %q of ours", name, needs, allowed)
			}
		}
	}
}

func TestImportablePackagesAreLight(t *testing.T) {
	t.Parallel()
	for name, allowed := range importable {
		for _, p := range list(t, "-deps", "./"+name) {
			if !p.Standard && ours(p.ImportPath) != name && !slices.Contains(allowed, p.ImportPath) {
				t.Errorf("%s depends on %s; it may depend on the standard library and %q", name, p.ImportPath, allowed)
			}
		}
	}
}

type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string // by files that are not tests
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Standard,Imports"}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s: %v", cmd, err)
		}
		packages = append(packages, p)
	}
	if len(packages) == 0 {
		t.Fatalf("%s names no packages", cmd)
	}
	return packages
}

// ours is the folder of a package of this module, and "" for others.
func ours(importPath string) string {
	name, found := strings.CutPrefix(importPath, module+"/")
	if !found {
		return ""
	}
	return name
}

func covers(allowed []string, name string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		return a == name || strings.HasSuffix(a, "/") && strings.HasPrefix(name, a)
	})
}

// TestFilesNameNoMachine also keeps the results of the other tests here from
// being cached for too long: it reads all that they depend on.
func TestFilesNameNoMachine(t *testing.T) {
	t.Parallel()
	forbidden := map[string]*regexp.Regexp{
		"a download address": regexp.MustCompile(`"resolved": *"http`),
		"a machine's folder": regexp.MustCompile(`(?:^|[\s"'` + "`" + `=(:])/(?:home|Users|root|tmp)/\w`),
	}
	others := []string{".git", "node_modules", "bin", "dist"}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case slices.Contains(others, path.Base(name)) && entry.IsDir():
			return fs.SkipDir
		case !entry.Type().IsRegular() || name == ".git": // a file, in a linked working tree
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for what, pattern := range forbidden {
			if found := pattern.Find(content); found != nil {
				t.Errorf("%s names %s: %q", name, what, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
