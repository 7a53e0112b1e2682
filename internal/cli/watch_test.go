package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/internal/ledger/ledgertest"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// busyBooks are those of an account that spends DIEM and others every hour, and
// more by day than by night, up to noon.
func busyBooks(t *testing.T) *ledgertest.Memory {
	t.Helper()
	store := new(ledgertest.Memory)
	r := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: noon}, ReadAt: noon}
	add := func(at time.Time, sku, amount string, currency venice.Currency) {
		r.Entries = append(r.Entries, venice.UsageEntry{Timestamp: at, SKU: sku, Units: dec("0.5"), Amount: dec(amount), Currency: currency,
			InferenceDetails: &venice.InferenceDetails{RequestID: fmt.Sprint(len(r.Entries) / 2)}})
	}
	for hour := noon.AddDate(0, 0, -30); hour.Before(noon); hour = hour.Add(time.Hour) {
		if h := hour.Hour(); h >= 8 && h < 20 {
			add(hour.Add(20*time.Minute), "zai-org-glm-5-1-llm-output-mtoken", fmt.Sprintf("-%d.25", 4+h%5), venice.DIEM)
			add(hour.Add(20*time.Minute), "openai-gpt-56-luna-llm-cache-input-mtoken", "-0.0000004", venice.USD)
		}
	}
	add(noon.Add(-30*time.Minute), "credit-purchase", "50", venice.USD)
	add(noon.Add(-2*time.Minute), "evil\x1b[2Jsku", "-1234.5", "STAR\u202eDUST")
	if _, err := store.Replace(t.Context(), "home", []ledger.Reading{r}); err != nil {
		t.Fatal(err)
	}
	balance := ledger.BalanceAt{At: noon, Balance: venice.Balance{DIEMEpochAllocation: dec("60")}}
	balance.Balances = venice.Balances{DIEM: decimal.NewNullDecimal(dec("34.5")), USD: decimal.NewNullDecimal(dec("12345.5")),
		BundledCredits: decimal.NewNullDecimal(dec("0.0000001"))}
	if err := store.SaveBalance(t.Context(), "home", balance); err != nil {
		t.Fatal(err)
	}
	return store
}

func sightOf(t *testing.T, books ledger.Books, now time.Time) *sight {
	t.Helper()
	accounts, err := books.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	budget := func(name, amount string, currency venice.Currency, period report.BudgetPeriod) report.Budget {
		return report.Budget{Name: name, Accounts: accounts, Amount: dec(amount), Currency: currency, Period: period}
	}
	s, err := look(t.Context(), books, accounts, []report.Budget{
		budget("team", "2000", "", report.PerMonth), budget("diem", "20", venice.DIEM, report.PerEpoch),
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// feed lets a model take messages in.
func feed(m watchModel, msgs ...tea.Msg) watchModel {
	for _, msg := range msgs {
		next, _ := m.Update(msg)
		m = next.(watchModel)
	}
	return m
}

// Each frame was looked at by a person when its golden file was written.
func TestWatchFrames(t *testing.T) {
	t.Parallel()
	now := noon.Add(5 * time.Second)
	seen := sightMsg{sightOf(t, busyBooks(t), now)}
	synced := syncedMsg{next: now.Add(42 * time.Second)}
	new := newWatchModel(plainTTY, &watchOptions{}, now)
	size := func(width, height int) tea.Msg { return tea.WindowSizeMsg{Width: width, Height: height} }
	for name, m := range map[string]watchModel{
		"watch-80x24":  feed(new, size(80, 24), syncMsg{}, seen, synced),
		"watch-120x40": feed(new, seen, synced, size(80, 24), size(120, 40)),
		"watch-40x15":  feed(new, size(40, 15), seen, synced),
		"watch-failed": feed(new, size(80, 24), seen, syncedMsg{next: now, err: errors.New("no\x1b[2J\nway")}, blindMsg{ledger.ErrBusy}),
		"watch-first": feed(new, size(80, 24), blindMsg{fmt.Errorf("%w at x", ledger.ErrNoLedger)}, syncMsg{},
			readMsg{Read: time.Hour, Total: 3 * time.Hour, Entries: 1234}),
		"watch-next-day": feed(new, size(80, 24), sightMsg{sightOf(t, busyBooks(t), now.AddDate(0, 0, 1))}, tickMsg(now.AddDate(0, 0, 1)), syncMsg{}),
	} {
		golden(t, name, m.View().Content+"\n")
	}
}

// At any size a frame has as many lines as the terminal, none wider than it, and
// nothing that steers it but colours.
func TestWatchFits(t *testing.T) {
	t.Parallel()
	seen := sightMsg{sightOf(t, busyBooks(t), noon)}
	failed := syncedMsg{next: noon, err: errors.New(strings.Repeat("long ", 100))}
	empty := sightMsg{sightOf(t, new(ledgertest.Memory), noon)}
	for _, out := range []stream{plainTTY, terminal} {
		fresh := newWatchModel(out, &watchOptions{}, noon)
		for name, m := range map[string]watchModel{
			"new": fresh, "seen": feed(fresh, seen), "failed": feed(fresh, seen, failed, blindMsg{failed.err}), "empty": feed(fresh, empty),
		} {
			for width := 1; width <= 170; width += 9 {
				for height := 1; height <= 60; height += 4 {
					frame := feed(m, tea.WindowSizeMsg{Width: width, Height: height}).View().Content
					lines := strings.Split(frame, "\n")
					wide := slices.ContainsFunc(lines, func(line string) bool { return ansi.StringWidth(line) > width })
					if len(lines) != height || wide || unclean(ansi.Strip(frame)) != "" {
						t.Fatalf("%s at %dx%d: %d lines, too wide %t:\n%q", name, width, height, len(lines), wide, frame)
					}
					if !out.color && strings.Contains(frame, "\x1b") {
						t.Fatalf("%s at %dx%d: an escape sequence without colour", name, width, height)
					}
				}
			}
		}
	}
}

func TestWatchKeys(t *testing.T) {
	t.Parallel()
	asked := 0
	m := newWatchModel(plainTTY, &watchOptions{}, noon)
	m.syncNow = func() { asked++ }
	press := func(m watchModel, key tea.Key) tea.Cmd {
		_, cmd := m.Update(tea.KeyPressMsg(key))
		return cmd
	}
	for name, key := range map[string]tea.Key{
		"q": {Code: 'q', Text: "q"}, "Q": {Code: 'q', ShiftedCode: 'Q', Text: "Q", Mod: tea.ModShift}, "ctrl-c": {Code: 'c', Mod: tea.ModCtrl},
	} {
		cmd := press(feed(m, syncMsg{}), key)
		if cmd == nil {
			t.Errorf("%s does not leave", name)
		} else if _, quits := cmd().(tea.QuitMsg); !quits {
			t.Errorf("%s does something else than leave", name)
		}
	}
	s := tea.Key{Code: 's', Text: "s"}
	if cmd := press(m, s); cmd != nil || asked != 1 {
		t.Errorf("s asked for %d syncs, want 1", asked)
	}
	if press(feed(m, syncMsg{}), s); asked != 1 {
		t.Error("s asks for a sync during one")
	}
	if cmd := press(m, tea.Key{Code: 'x', Text: "x"}); cmd != nil {
		t.Error("x does something")
	}
}

func TestChart(t *testing.T) {
	t.Parallel()
	null := decimal.NullDecimal{}
	of := func(texts ...string) (values []decimal.NullDecimal) {
		for _, text := range texts {
			if text == "?" {
				values = append(values, null)
			} else {
				values = append(values, decimal.NewNullDecimal(dec(text)))
			}
		}
		return values
	}
	for name, test := range map[string]struct {
		values      []decimal.NullDecimal
		width, rows int
		want        string
	}{
		"eighths":      {of("1", "2", "3", "4", "5", "6", "7", "8"), 8, 1, "▁▂▃▄▅▆▇█"},
		"least":        {of("0", "0.0000000001", "1000"), 3, 1, "·▁█"},
		"unknown":      {of("?", "0", "?", "1"), 4, 1, " · █"},
		"the last":     {of("9", "1", "1"), 2, 1, "██"},
		"two rows":     {of("1", "8", "0", "16", "12"), 5, 2, "   █▄\n▁█·██"},
		"wider":        {of("0", "1"), 5, 1, "· ██"},
		"nothing":      {of("0", "0"), 2, 1, "··"},
		"no values":    {nil, 5, 1, ""},
		"no room":      {of("1"), 0, 1, ""},
		"at most wide": {of("1"), 9, 1, "███"},
	} {
		lines, _ := chart(plainTTY, test.values, test.width, test.rows)
		if got := strings.Join(lines, "\n"); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// The latest entries are the last of all, however they lie.
func TestLatestEntries(t *testing.T) {
	t.Parallel()
	for name, apart := range map[string]time.Duration{"dense": time.Second, "by the hour": time.Hour, "sparse": 40 * time.Hour} {
		store := new(ledgertest.Memory)
		r := ledger.Reading{Window: ledger.Window{Start: ledger.Beginning, End: noon}, ReadAt: noon}
		for i := range 400 {
			r.Entries = append(r.Entries, venice.UsageEntry{Timestamp: noon.Add(-time.Duration(i+1) * apart), SKU: fmt.Sprint(i), Amount: dec("-1"), Currency: "USD"})
		}
		if _, err := store.Replace(t.Context(), "home", []ledger.Reading{r}); err != nil {
			t.Fatal(err)
		}
		got := sightOf(t, store, noon).latest
		for i, e := range got {
			if e.SKU != fmt.Sprint(i) {
				t.Fatalf("%s: entry %d is %s", name, i, e.SKU)
			}
		}
		if len(got) == 0 || name != "sparse" && len(got) != entriesSeen {
			t.Errorf("%s: %d entries", name, len(got))
		}
	}
}

// A watch that is left during a sync ends it, keeps what was read, and leaves
// nothing behind. Not parallel: it counts goroutines.
func TestWatchEnds(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) }) // after the server has ended
	server, url, hanging := hangingServer(t, 3500, 2)
	a := app{out: pipe, err: pipe, now: atNoon, env: func(name string) string {
		return map[string]string{config.EnvLedger: filepath.Join(t.TempDir(), "ledger.duckdb"), config.EnvKey: server.AdminKey, config.EnvBaseURL: url}[name]
	}}
	a.err.Writer, a.out.Writer = t.Output(), t.Output()
	c, store, err := a.books()
	if err != nil {
		t.Fatal(err)
	}
	w := &watching{app: a, config: c, store: store, accounts: c.Accounts, again: make(chan struct{}, 1),
		options: &watchOptions{every: time.Hour, conn: &connection{timeout: time.Minute}}}
	var mu sync.Mutex
	var told []string
	tell := func(msg tea.Msg) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprintf("%T", msg))
	}
	ctx, cancel := context.WithCancel(t.Context())
	var both sync.WaitGroup
	both.Go(func() { w.syncs(ctx, tell) })
	both.Go(func() { w.looks(ctx, tell) })
	<-hanging
	cancel()
	both.Wait()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"cli.syncMsg", "cli.readMsg", "cli.tickMsg"} {
		if !slices.Contains(told, want) {
			t.Errorf("no %s among %q", want, told)
		}
	}
	if slices.Contains(told, "cli.syncedMsg") {
		t.Error("a sync that was interrupted is told as one that ended")
	}
}
