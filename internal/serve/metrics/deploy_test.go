package metrics_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var root = filepath.Join("..", "..", "..")

// file is the text of a file of the repository.
func file(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tool is a program that Debian's package prometheus brings.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("%s is missing: apt-get install prometheus", name)
	default:
		t.Skipf("%s is missing, so this is NOT TESTED: apt-get install prometheus", name)
	}
	return path
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool := tool(t, "promtool")
	for _, args := range [][]string{
		{"check", "rules", filepath.Join(root, "deploy", "prometheus", "ducat.rules.yml")},
		{"test", "rules", filepath.Join("testdata", "rules.test.yml")},
	} {
		if out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", args, err, out)
		}
	}
}

// labelsOf are the metrics of a scrape with everything, and the labels of each,
// with those that Prometheus adds.
func labelsOf(t *testing.T) map[string][]string {
	t.Helper()
	label := regexp.MustCompile(`[{,](\w+)="`)
	known := map[string][]string{"up": {"job", "instance"}}
	for series := range samples(t, scrape(t, everything(t), everybody)) {
		name, _, _ := strings.Cut(series, "{")
		labels := []string{"job", "instance"}
		for _, found := range label.FindAllStringSubmatch(series, -1) {
			labels = append(labels, found[1])
		}
		known[name] = labels
	}
	return known
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	selector = regexp.MustCompile(`([A-Za-z_:][\w:]*)\s*\{([^}]*)\}`)
	ranged   = regexp.MustCompile(`\[[^\]]*\]|\$\w+`)
	grouping = regexp.MustCompile(`\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)`)
	word     = regexp.MustCompile(`\b[A-Za-z_:][\w:]*\b(\s*\()?`)
	keyword  = regexp.MustCompile(`^(and|or|unless|offset|bool|inf|nan)$`)
)

// named finds the metrics that an expression of PromQL names, and the labels
// that it selects each by.
func named(expr string) map[string][]string {
	found := map[string][]string{}
	expr = quoted.ReplaceAllString(expr, `""`)
	for _, s := range selector.FindAllStringSubmatch(expr, -1) {
		for label := range strings.SplitSeq(s[2], ",") {
			found[s[1]] = append(found[s[1]], strings.TrimRight(strings.TrimSpace(label), `=~!"`))
		}
	}
	expr = selector.ReplaceAllString(expr, "0")
	expr = grouping.ReplaceAllString(ranged.ReplaceAllString(expr, ""), "")
	for _, w := range word.FindAllString(expr, -1) {
		if _, selected := found[w]; !selected && !strings.HasSuffix(w, "(") && !keyword.MatchString(w) {
			found[w] = nil
		}
	}
	return found
}

func TestNamed(t *testing.T) {
	t.Parallel()
	const expr = `histogram_quantile(0.95, sum by (le, x) (rate(a_bucket[$__rate_interval]))) and on () (b{c="d{e}",f!~"g"} offset $i == 1) or time() - h`
	want := map[string][]string{"a_bucket": nil, "b": {"c", "f"}, "h": nil}
	if got := named(expr); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("named(%q) = %v, want %v", expr, got, want)
	}
}

// onlyKnown complains of an expression that names what is not shown.
func onlyKnown(t *testing.T, where, expr string, known map[string][]string) {
	t.Helper()
	metrics := named(expr)
	if len(metrics) == 0 {
		t.Errorf("%s: %q names no metric", where, expr)
	}
	for metric, labels := range metrics {
		has, ok := known[metric]
		if !ok {
			t.Errorf("%s: %q names %s, which is not shown", where, expr, metric)
		}
		for _, label := range labels {
			if ok && !slices.Contains(has, label) {
				t.Errorf("%s: %q selects %s by %s, which it does not have", where, expr, metric, label)
			}
		}
	}
}

// A grafana is what a dashboard says of its panels and variables.
type grafana struct {
	Templating struct {
		List []struct{ Name, Definition string }
	}
	Panels []struct {
		ID      int
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr string }
	}
}

func dashboard(t *testing.T) grafana {
	t.Helper()
	var g grafana
	if err := json.Unmarshal([]byte(file(t, "deploy", "grafana", "ducat.json")), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	known, g := labelsOf(t), dashboard(t)
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range g.Panels {
		if ids[p.ID] {
			t.Errorf("two panels have the id %d", p.ID)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			onlyKnown(t, p.Title, target.Expr, known)
		}
		if p.GridPos.W < 1 || p.GridPos.H < 1 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%s is at %+v, beyond the 24 columns", p.Title, p.GridPos)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, is := taken[[2]int{x, y}]; is {
					t.Fatalf("%s lies on %s", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
	values := regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)
	for _, v := range g.Templating.List {
		if v.Name == "datasource" {
			continue
		}
		parts := values.FindStringSubmatch(v.Definition)
		if parts == nil {
			t.Fatalf("variable %s: %q is not label_values(series, label)", v.Name, v.Definition)
		}
		onlyKnown(t, v.Name, parts[1], known)
		for metric := range named(parts[1]) {
			if !slices.Contains(known[metric], parts[2]) {
				t.Errorf("variable %s: %s has no label %s", v.Name, metric, parts[2])
			}
		}
	}
}

// TestDocumentation holds docs/metrics.md to what is shown, and the other way round.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	line := regexp.MustCompile("(?m)^\\| `(ducat_\\w+)` \\| (counter|gauge|histogram) \\| ?([^|]*?) ?\\|")
	documented, shown := map[string]string{}, map[string]string{}
	for _, found := range line.FindAllStringSubmatch(file(t, "docs", "metrics.md"), -1) {
		labels := strings.Fields(strings.NewReplacer("`", "", ",", "").Replace(found[3]))
		slices.Sort(labels)
		documented[found[1]] = found[2] + " " + strings.Join(labels, " ")
	}
	text, known := scrape(t, everything(t), everybody), labelsOf(t)
	for _, found := range regexp.MustCompile(`(?m)^# TYPE (ducat_\w+) (\w+)$`).FindAllStringSubmatch(text, -1) {
		labels := known[found[1]]
		if found[2] == "histogram" {
			labels = known[found[1]+"_sum"]
		}
		labels = slices.Sorted(slices.Values(labels[2:])) // without job and instance
		shown[found[1]] = found[2] + " " + strings.Join(labels, " ")
	}
	if diff := cmp.Diff(documented, shown); diff != "" {
		t.Errorf("-documented +shown:\n%s", diff)
	}
}

func TestUnit(t *testing.T) {
	t.Parallel()
	settings := map[string][]string{}
	for line := range strings.Lines(file(t, "deploy", "systemd", "ducat.service")) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(name, "#") {
			settings[name] = append(settings[name], value)
		}
	}
	for name, value := range map[string]string{
		"User": "ducat", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "NoNewPrivileges": "yes",
		"CapabilityBoundingSet": "", "StateDirectory": "ducat", "StateDirectoryMode": "0700", "UMask": "0077",
	} {
		if got := settings[name]; !slices.Equal(got, []string{value}) {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if len(settings["LoadCredential"]) != 1 {
		t.Error("the key is not handed over as a credential")
	}
	for _, variable := range settings["Environment"] {
		if strings.Contains(variable, "KEY") {
			t.Errorf("a key is in the environment: %s", variable)
		}
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return // not a system with systemd: the settings above are all that can be checked
	}
	exe, err := os.Executable() // there is no ducat to start
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "ducat.service")
	text := strings.Replace(file(t, "deploy", "systemd", "ducat.service"), "/usr/local/bin/ducat", exe, 1)
	if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"verify", unit}, {"security", "--offline=yes", "--threshold=20", "--no-pager", unit}} {
		if out, err := exec.CommandContext(t.Context(), analyze, args...).CombinedOutput(); err != nil {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, out)
		}
	}
}

func TestImage(t *testing.T) {
	t.Parallel()
	dockerfile := file(t, "deploy", "Dockerfile")
	language := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(file(t, "go.mod"))[1]
	from := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(dockerfile, -1)
	if len(from) != 2 || from[0][1] != "golang:"+language+"-bookworm" || from[1][1] != "gcr.io/distroless/cc-debian12:nonroot" {
		t.Errorf("stages %q: want Go %s on Debian 12, then the C++ runtime of Debian 12", from, language)
	}
	last := dockerfile[strings.LastIndex(dockerfile, "\nFROM "):]
	commands := map[string]string{}
	for _, found := range regexp.MustCompile(`(?m)^([A-Z]+) (.*)$`).FindAllStringSubmatch(last, -1) {
		commands[found[1]] = found[2]
	}
	if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(commands["USER"]) {
		t.Errorf("the user is %q, want one by number that is not root", commands["USER"])
	}
	var command []string
	if err := json.Unmarshal([]byte(commands["CMD"]), &command); err != nil || command[0] != "serve" {
		t.Errorf("command %s: %v", commands["CMD"], err)
	}
	if !strings.Contains(dockerfile, "CGO_ENABLED=1") {
		t.Error("DuckDB needs cgo")
	}
	if names := slices.Sorted(maps.Keys(commands)); slices.Contains(names, "RUN") {
		t.Error("the last stage has no shell to run anything")
	}
}
