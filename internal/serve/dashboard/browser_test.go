package dashboard_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/internal/serve/access"
	"github.com/ducat-ledger/ducat/internal/serve/dashboard"
	"github.com/ducat-ledger/ducat/venice"
)

// TestBrowser opens the page in a real browser: one for all that it tries.
func TestBrowser(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	store := new(ledgertest.Memory)
	server := simulated(t, 5, 4000)
	synced(t, store, "home", server)
	site := httptest.NewServer(let(dashboard.New(dashboard.Options{Books: store, Now: atNoon, Budgets: threeBudgets}), access.Viewer{}))
	t.Cleanup(site.Close)

	t.Run("numbers", func(t *testing.T) { numbersFollow(t, browser, site.URL, store) })
	t.Run("looks", func(t *testing.T) { looks(t, browser, site.URL) })
	t.Run("hover", func(t *testing.T) { hovers(t, browser, site.URL) })
	t.Run("refresh", func(t *testing.T) { refreshes(t, browser, site.URL, store) })
}

// chromium starts a browser. A machine without one says so, unless it is one
// that checks changes: there it must have it.
func chromium(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	switch {
	case path == "" && os.Getenv("CI") != "":
		t.Fatal("there is no chromium on this machine, and CI needs it")
	case path == "":
		t.Skip("NOT TESTED: there is no chromium on this machine, so nothing has looked at the page")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.WSURLReadTimeout(2*time.Minute), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	browser, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	return browser
}

// A tab is a page of the browser and what it complained of.
type tab struct {
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// patience is how long a page may take on a busy machine.
const patience = time.Minute

// newTab opens a tab that may speak to the site only. What the page complains of
// fails the test.
func newTab(t *testing.T, browser context.Context, site string) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(browser)
	ctx, cancel := context.WithTimeout(ctx, patience)
	page := &tab{ctx: ctx}
	complain := func(format string, args ...any) {
		page.mu.Lock()
		defer page.mu.Unlock()
		page.complaints = append(page.complaints, fmt.Sprintf(format, args...))
	}
	listening := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			complain("exception: %s", e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			complain("console: %s", e.Type)
		case *log.EventEntryAdded:
			complain("log: %s %s", e.Entry.Text, e.Entry.URL)
		case *network.EventRequestWillBeSent:
			if address := e.Request.URL; !strings.HasPrefix(address, site+"/") && !strings.HasPrefix(address, "data:") {
				complain("request to %s", address)
			}
		}
	})
	t.Cleanup(func() {
		page.mu.Lock()
		defer page.mu.Unlock()
		for _, text := range page.complaints {
			t.Error(text)
		}
		cancel()
		closeTab()
	})
	if listening != nil {
		t.Fatal(listening)
	}
	command(t, page, network.Enable, network.EnableParams{})
	command(t, page, log.Enable, cdp.Empty{})
	command(t, page, runtime.Enable, cdp.Empty{})
	return page
}

func (p *tab) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// visit goes to an address and waits for the page, and for its script to begin.
func (p *tab) visit(t *testing.T, address string) {
	t.Helper()
	if answer := ask(t, p, chromedp.NavigateResponse(address)); answer.Status != http.StatusOK {
		t.Fatalf("GET %s: %d", address, answer.Status)
	}
	p.do(t, chromedp.WaitVisible(chromedp.CSS("#entry-list")), chromedp.WaitNotPresent(chromedp.CSS(".bar > title")))
}

// ask runs an action and gives what it finds.
func ask[T any](t *testing.T, p *tab, action chromedp.Action[T]) T {
	t.Helper()
	found, err := chromedp.Run(p.ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// eval is what a script says of the page.
func eval[T any](t *testing.T, p *tab, script string) T {
	t.Helper()
	return ask(t, p, chromedp.Evaluate[T](script))
}

// command sends one to the tab.
func command[P, R any](t *testing.T, p *tab, c cdp.Command[P, R], params P) {
	t.Helper()
	if _, err := chromedp.Call(p.ctx, c, params); err != nil {
		t.Fatalf("%s: %v", c.Method, err)
	}
}

// says is the text of an element, its spaces made one.
func (p *tab) says(t *testing.T, selector string) string {
	t.Helper()
	return strings.Join(strings.Fields(ask(t, p, chromedp.Text(chromedp.CSS(selector)))), " ")
}

// size sets the size of the window, and whether it prefers the dark.
func (p *tab) size(t *testing.T, width, height int64, dark bool) {
	t.Helper()
	scheme := map[bool]string{false: "light", true: "dark"}[dark]
	p.do(t, chromedp.EmulateViewport(width, height))
	command(t, p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// numbersFollow clicks through ranges and groupings and compares the numbers with
// the report's.
func numbersFollow(t *testing.T, browser context.Context, site string, store ledger.Store) {
	page := newTab(t, browser, site)
	page.visit(t, site+"/")
	seen := map[string]bool{}
	for _, step := range []struct {
		nav, link string
		start     time.Time
		by        ledger.Dimension
	}{
		{"ranges", "7 d", noon.AddDate(0, 0, -7), ledger.ByModel},
		{"groupings", "Currency", noon.AddDate(0, 0, -7), ledger.ByCurrency},
		{"ranges", "24 h", noon.AddDate(0, 0, -1), ledger.ByCurrency},
		{"groupings", "Meter", noon.AddDate(0, 0, -1), ledger.ByMeter},
		{"ranges", "All", time.Time{}, ledger.ByMeter},
	} {
		link := fmt.Sprintf(`//*[@id=%q]//a[normalize-space()=%q]`, step.nav, step.link)
		current := fmt.Sprintf(`//*[@id=%q]//a[normalize-space()=%q and @aria-current]`, step.nav, step.link)
		page.do(t, chromedp.Click(link), chromedp.WaitVisible(current))
		q := report.Question{Now: noon, Top: 6}
		q.Window.Start, q.By = step.start, []ledger.Dimension{step.by}
		want, err := report.Ask(t.Context(), store, q)
		if err != nil {
			t.Fatal(err)
		}
		total := "≈ $" + money.Readable(want.Totals.DollarSpend)
		if got := page.says(t, "#totals .large"); got != total {
			t.Errorf("after %s: total %q, want %q", step.link, got, total)
		}
		seen[total] = true
		legend := page.says(t, ".legend")
		for _, row := range want.Rows {
			if row.DollarSpend.IsPositive() && !row.Folded && !strings.Contains(legend, row.Group[0]) {
				t.Errorf("after %s: the legend %q lacks %s", step.link, legend, row.Group[0])
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("three ranges have %d totals", len(seen))
	}
}

// looks makes pictures, and measures what must not be wider than the screen.
func looks(t *testing.T, browser context.Context, site string) {
	page := newTab(t, browser, site)
	grounds := map[string]bool{}
	for _, view := range []struct {
		name, address string
		width, height int64
		dark          bool
	}{
		{"light-1280", "/", 1280, 900, false},
		{"dark-1280", "/", 1280, 900, true},
		{"light-360", "/", 360, 740, false},
		{"dark-360", "/", 360, 740, true},
		{"month-hours", "/?since=7d&step=hour&by=currency", 1280, 900, false},
		{"keys", "/?by=key", 1280, 900, false},
		{"empty-range", "/?since=2024-01-01&until=2024-01-02", 360, 740, false},
		{"search", "/?q=" + url.QueryEscape("no such thing") + "&tz=Asia/Kolkata", 360, 740, false},
	} {
		page.size(t, view.width, view.height, view.dark)
		page.visit(t, site+view.address)
		room := eval[struct{ Page, Window float64 }](t, page, `({Page: document.documentElement.scrollWidth, Window: innerWidth})`)
		ground := eval[string](t, page, `getComputedStyle(document.body).backgroundColor`)
		picture := ask(t, page, chromedp.FullScreenshot(100))
		var headings []string
		for _, n := range all(parse(t, eval[string](t, page, `document.documentElement.outerHTML`)), named("h2")) {
			headings = append(headings, text(n))
		}
		for _, want := range []string{"What is left", "Outlook", "Budgets"} {
			if !slices.Contains(headings, want) {
				t.Errorf("%s: there is no heading %q in %q", view.name, want, headings)
			}
		}
		if room.Page > room.Window || room.Window != float64(view.width) {
			t.Errorf("%s: the page is %v wide in a window of %v", view.name, room.Page, room.Window)
		}
		grounds[fmt.Sprint(view.dark, ground)] = true
		keepPicture(t, view.name, picture)
	}
	if len(grounds) != 2 {
		t.Errorf("light and dark have the grounds %v", grounds)
	}
}

// keepPicture writes a picture for people, where git does not look.
func keepPicture(t *testing.T, name string, picture []byte) {
	t.Helper()
	folder := filepath.Join("testdata", "screenshots")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// hovers moves the pointer over a bar, and wants its values in the box.
func hovers(t *testing.T, browser context.Context, site string) {
	page := newTab(t, browser, site)
	page.size(t, 1280, 900, false)
	page.visit(t, site+"/?since=7d&step=day")
	place := eval[struct {
		X, Y         float64
		Label, Total string
	}](t, page, `(() => {
			const bar = document.querySelectorAll(".bar")[3];
			bar.scrollIntoView({block: "center", behavior: "instant"});
			const at = bar.querySelector(".hit").getBoundingClientRect();
			return {X: at.x + at.width / 2, Y: at.y + at.height / 2, Label: bar.dataset.label, Total: bar.dataset.total};
		})()`)
	if place.Total == "" || place.Total == "0" {
		t.Fatalf("the bar of %s has no total: %q", place.Label, place.Total)
	}
	// The scroll event may come after the pointer's and close the box: so the
	// pointer moves until it is there.
	var told string
	for deadline := time.Now().Add(patience / 2); told == "" && time.Now().Before(deadline); place.X += 0.5 {
		page.do(t, chromedp.MouseEvent("mouseMoved", place.X, place.Y))
		told = eval[string](t, page, `hover.hidden ? "" : hover.innerText`)
	}
	if told = strings.Join(strings.Fields(told), " "); !strings.HasPrefix(told, place.Label) || !strings.HasSuffix(told, "Total "+place.Total) {
		t.Errorf("the box says %q, want %q and %q", told, place.Label, place.Total)
	}
	keepPicture(t, "hover", ask(t, page, chromedp.CaptureScreenshot()))
}

// refreshes posts an entry, and wants it on the open page, with the focus, the
// scrolled table and the opened details as they were.
func refreshes(t *testing.T, browser context.Context, site string, store ledger.Store) {
	page := newTab(t, browser, site)
	page.size(t, 900, 900, false)
	page.visit(t, site+"/")
	page.do(t, chromedp.Evaluate[chromedp.Void](`behind.open = true; document.getElementById("entries-scroll").scrollLeft = 60;
			document.querySelector("#ranges a[aria-current]").focus(); window.mark = "same page"`))
	const sku = "fresh-model-llm-output-mtoken"
	last := noon.Add(-time.Millisecond)
	entry := venice.UsageEntry{Timestamp: last, SKU: sku, Currency: venice.USD}
	entry.Amount, entry.Units = decimalOf("-0.25"), decimalOf("0.001")
	w := ledger.Window{Start: last, End: last.Add(time.Millisecond)}
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{{Window: w, Entries: []venice.UsageEntry{entry}, ReadAt: noon}}); err != nil {
		t.Fatal(err)
	}
	page.do(t, chromedp.Evaluate[chromedp.Void](`poll()`),
		chromedp.Poll[chromedp.Void](`document.querySelector("#entry-list tbody .sku").textContent === `+fmt.Sprintf("%q", sku), chromedp.WithPollingTimeout(patience)))
	kept := eval[struct {
		Mark, Focus string
		Open        bool
		Left        float64
	}](t, page, `({Mark: window.mark, Focus: document.activeElement.textContent, Open: behind.open,
			Left: document.getElementById("entries-scroll").scrollLeft})`)
	if kept.Mark != "same page" || kept.Focus != "30 d" || !kept.Open || kept.Left != 60 {
		t.Errorf("after the refresh: %+v", kept)
	}
}
