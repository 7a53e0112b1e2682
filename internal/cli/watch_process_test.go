package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// On a pipe a watch prints the status, a line each round, and tells what fails on
// stderr, until it is interrupted.
func TestWatchOnPipe(t *testing.T) {
	t.Parallel()
	server := venicetest.NewServer(t, venicetest.Config{Entries: 300})
	h := inFile.household(t, server)
	watch := h.command(t, "watch", "--every", minWatch.String())
	var stderr bytes.Buffer
	watch.Stderr = &stderr
	stdout, err := watch.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	form := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ DIEM \S+ \(\S+% used\) \| USD \S+ \| today ~\$\S+ \| month ~\$\S+ \| burn ~\$\S+/h$`)
	for range 2 {
		if !lines.Scan() || !form.MatchString(lines.Text()) {
			t.Fatalf("%q is not the status: %s", lines.Text(), stderr.String())
		}
	}
	if err := watch.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if lines.Scan() {
		t.Errorf("after the interrupt: %s", lines.Text())
	}
	if code := exitCode(t, watch.Wait()); code != exitInterrupted || stderr.String() != "ducat: interrupted\n" {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}

// A pane is a real terminal, in tmux.
type pane struct {
	t      *testing.T
	socket string
	env    []string
}

// newPane opens one of a size, with a shell that has the environment and nothing
// else. Where there is no tmux the test is not made, but CI must have it.
func newPane(t *testing.T, width, height int, env ...string) *pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no tmux: install it, so that the view is tried on a terminal")
		}
		t.Skip("NOT TESTED: there is no tmux, so 'ducat watch' is not tried on a terminal")
	}
	// The path of a socket must be short, shorter than folders of tests are.
	folder, err := os.MkdirTemp("", "ducat-tmux-")
	if err != nil {
		t.Fatal(err)
	}
	p := &pane{t, filepath.Join(folder, "s"), append(env, "PATH="+os.Getenv("PATH"), "HOME="+folder, "TERM=xterm", "LANG=C.UTF-8", "GORACE="+noExitSleep)}
	t.Cleanup(func() {
		p.tmux("kill-server")
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	p.tmux("-f", os.DevNull, "-u", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "PS1='$ ' exec sh")
	return p
}

// tmux carries out one of its commands and returns what that prints.
func (p *pane) tmux(args ...string) string {
	p.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", p.socket}, args...)...)
	cmd.Env = p.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %s: %v: %s", args, err, out)
	}
	return string(out)
}

// run types a line.
func (p *pane) run(line string) { p.tmux("send-keys", "-l", line); p.tmux("send-keys", "Enter") }

func (p *pane) screen() string { return p.tmux("capture-pane", "-p") }

// wait looks at the screen until it is as it should be.
func (p *pane) wait(what string, is func(screen string) bool) string {
	p.t.Helper()
	const longest, pause = 2 * time.Minute, 50 * time.Millisecond
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	deadline := time.NewTimer(longest)
	defer deadline.Stop()
	for {
		screen := p.screen()
		if is(screen) {
			return screen
		}
		select {
		case <-ticker.C:
		case <-deadline.C:
			p.t.Fatalf("no %s after %s:\n%s", what, longest, screen)
		}
	}
}

func (p *pane) waitFor(text string) string {
	p.t.Helper()
	return p.wait(fmt.Sprintf("%q", text), func(screen string) bool { return strings.Contains(screen, text) })
}

// The real command on a real terminal: it syncs, shows what the report says, fits
// any size, and gives the terminal back as it was.
func TestWatchOnTerminal(t *testing.T) {
	t.Parallel()
	server := venicetest.NewServer(t, venicetest.Config{Entries: 3000, Days: 40})
	h := inFile.household(t, server)
	p := newPane(t, 80, 24, envBaseURL+"="+h.url, envKey+"="+h.key, config.EnvLedger+"="+h.shelf[config.EnvLedger])
	p.run("echo before the watch")
	p.wait("prompt", func(screen string) bool { return strings.Count(screen, "before the watch") == 2 })
	p.run("ducat watch --every 1h --retries 0; echo left with $?")
	p.waitFor("Latest entries")
	p.waitFor("next sync in")
	p.wait("figures of the report", func(screen string) bool {
		today, month := spentByReport(t, h)
		return regexp.MustCompile(`(?m)^today +~\$`+regexp.QuoteMeta(today)+`( |$)`).MatchString(screen) &&
			regexp.MustCompile(`(?m)^month +~\$`+regexp.QuoteMeta(month)+`( |$)`).MatchString(screen)
	})
	for _, size := range [][2]int{{120, 40}, {40, 15}, {200, 50}, {20, 6}, {80, 24}} {
		p.tmux("resize-window", "-x", fmt.Sprint(size[0]), "-y", fmt.Sprint(size[1]))
		p.wait(fmt.Sprintf("frame of %dx%d", size[0], size[1]), func(screen string) bool {
			lines := strings.Split(strings.TrimSuffix(screen, "\n"), "\n")
			last := lines[len(lines)-1]
			if len(lines) != size[1] || !strings.HasPrefix(lines[0], "Ducat") {
				return false
			}
			if size[0] < 40 { // room for the left half only
				return strings.HasPrefix(last, "next sync in")
			}
			return strings.HasSuffix(lines[0], " UTC") && strings.HasSuffix(last, "q quit  s sync now")
		})
	}
	// Venice fails: that is shown, and the view goes on.
	server.SetFaults(venicetest.Fault{Kind: venicetest.Fault500, Route: "usage-history"})
	p.tmux("send-keys", "s")
	p.waitFor("sync failed: ")
	server.SetFaults()
	p.tmux("send-keys", "s")
	p.wait("recovery", func(screen string) bool {
		return !strings.Contains(screen, "sync failed") && strings.Contains(screen, "next sync in")
	})
	p.tmux("send-keys", "q")
	prompt := regexp.MustCompile(`(?m)^left with \d+\n\$`) // the command's own line has the words, too
	screen := p.wait("prompt", prompt.MatchString)
	if !strings.Contains(screen, "left with 0") || strings.Count(screen, "before the watch") != 2 || strings.Contains(screen, "Latest entries") {
		t.Errorf("the screen is not what it was, or the exit code not 0:\n%s", screen)
	}
	// The terminal echoes what is typed again, and takes whole lines.
	p.run("echo still $((40+2))")
	p.waitFor("echo still $((40+2))\nstill 42")
}

// Ctrl-C leaves as q does, SIGTERM as an interrupt; both in the midst of a sync,
// and without colours.
func TestWatchIsLeft(t *testing.T) {
	t.Parallel()
	server, url, hanging := hangingServer(t, 3500, 2)
	h := household{url, server.AdminKey, inFile.shelf(t)}
	p := newPane(t, 80, 24, envBaseURL+"="+h.url, envKey+"="+h.key, config.EnvLedger+"="+h.shelf[config.EnvLedger], "NO_COLOR=1")
	p.run("ducat watch --timeout 5m; echo left with $?")
	<-hanging
	p.waitFor("syncing")
	if coloured := p.tmux("capture-pane", "-p", "-e"); strings.Contains(coloured, "\x1b[3") {
		t.Errorf("colours in spite of NO_COLOR: %q", coloured)
	}
	p.tmux("send-keys", "C-c")
	p.waitFor("left with 0")
	pid := filepath.Join(t.TempDir(), "pid")
	p.run("clear; sh -c 'echo $$ > " + pid + "; exec ducat watch --timeout 5m'; echo left with $?")
	p.waitFor("syncing")
	text, err := os.ReadFile(pid)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(n)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.waitFor("ducat: interrupted\nleft with 130")
}

// spentByReport is what the report says of today and this month.
func spentByReport(t *testing.T, h household) (today, month string) {
	t.Helper()
	now := time.Now().UTC()
	spent := func(since time.Time) string {
		var report struct{ Totals struct{ DollarSpend string } }
		// Right after midnight it is not complete.
		got := h.run(t, "report", "--since", since.Format(time.DateOnly), "-o", "json")
		if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
			t.Error(err)
			return ""
		}
		return money.Readable(dec(report.Totals.DollarSpend))
	}
	return spent(day(now)), spent(day(now).AddDate(0, 0, 1-now.Day()))
}
