package access_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/serve/access"
)

var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

func newFile(t *testing.T) access.File {
	t.Helper()
	return access.File(filepath.Join(t.TempDir(), "new", "tokens.json"))
}

func add(t *testing.T, f access.File, token access.Token) (secret string) {
	t.Helper()
	if token.Created.IsZero() {
		token.Created = noon
	}
	secret, err := f.Add(token)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// The file has what its contract says, and the secret is not in it.
func TestFileKeepsHashes(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	if tokens, err := f.Tokens(); err != nil || len(tokens) != 0 {
		t.Errorf("%v, %v before there is a file, want nothing", tokens, err)
	}
	zoe := add(t, f, access.Token{Name: "zoe"})
	bob := add(t, f, access.Token{Name: "bob@example.com", Account: "work", Expires: noon.Add(time.Hour)})
	for _, secret := range []string{zoe, bob} {
		if !regexp.MustCompile(`^ducat_[A-Za-z0-9_-]{43}$`).MatchString(secret) {
			t.Errorf("the secret %s is not ducat_ and 256 bits", secret)
		}
	}
	text, err := os.ReadFile(string(f))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"name": "bob@example.com"`, `"account": "work"`, `"expires": "2026-06-15T13:00:00Z"`,
		`"created": "2026-06-15T12:00:00Z"`, fmt.Sprintf(`"sha256": "%x"`, sha256.Sum256([]byte(bob)))} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	if strings.Contains(string(text), zoe[6:]) || strings.Contains(string(text), bob[6:]) {
		t.Error("a secret is in the file")
	}
	if info, err := os.Stat(string(f)); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	tokens, err := f.Tokens()
	if err != nil || len(tokens) != 2 || tokens[0].Name != "bob@example.com" || tokens[1].Name != "zoe" || !tokens[1].Expires.IsZero() {
		t.Errorf("%+v, %v, want bob and zoe", tokens, err)
	}
	if err := f.Remove("zoe"); err != nil {
		t.Error(err)
	}
	if tokens, err := f.Tokens(); err != nil || len(tokens) != 1 {
		t.Errorf("%+v, %v after zoe was removed", tokens, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(string(f)), ".*")); len(left) > 0 {
		t.Errorf("drafts were left: %v", left)
	}
}

func TestFileRefuses(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	add(t, f, access.Token{Name: "bob"})
	for _, test := range []struct {
		token access.Token
		want  error
	}{
		{access.Token{Name: "bob", Created: noon}, access.ErrExists},
		{access.Token{Name: "", Created: noon}, access.ErrBadToken},
		{access.Token{Name: "-bob", Created: noon}, access.ErrBadToken},
		{access.Token{Name: "bob\n", Created: noon}, access.ErrBadToken},
		{access.Token{Name: strings.Repeat("b", 65), Created: noon}, access.ErrBadToken},
		{access.Token{Name: "late", Created: noon, Expires: noon}, access.ErrBadToken},
	} {
		if secret, err := f.Add(test.token); !errors.Is(err, test.want) || secret != "" {
			t.Errorf("%q: %q, %v, want %v", test.token.Name, secret, err, test.want)
		}
	}
	if err := f.Remove("alice"); !errors.Is(err, access.ErrNoToken) {
		t.Errorf("%v, want ErrNoToken", err)
	}
	for _, text := range []string{"", "[]", `{"tokens":[{"name":"x"}]}`, `{"tokens":[{"name":"x","sha256":"00"}]}`, strings.Repeat(" ", 1<<20) + "{}"} {
		if err := os.WriteFile(string(f), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if tokens, err := f.Tokens(); err == nil {
			t.Errorf("%.40q is read as %v", text, tokens)
		}
		if _, err := f.Add(access.Token{Name: "alice", Created: noon}); err == nil {
			t.Errorf("%.40q was written over", text)
		}
	}
}

// editor is set in the environment of a process that adds and removes tokens.
const editor = "DUCAT_TEST_TOKENS"

func TestMain(m *testing.M) {
	if path := os.Getenv(editor); path != "" {
		os.Exit(editTokens(access.File(path), os.Args[1]))
	}
	os.Exit(m.Run())
}

const edits = 40

func editTokens(f access.File, who string) int {
	for i := range edits {
		name := fmt.Sprintf("%s-%d", who, i)
		if _, err := f.Add(access.Token{Name: name, Created: noon}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		if i%2 == 1 {
			if err := f.Remove(name); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
	}
	return 0
}

// Two processes that edit the file at once lose nothing of each other's.
func TestProcessesEditAtOnce(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var processes []*exec.Cmd
	for _, who := range []string{"a", "b"} {
		cmd := exec.CommandContext(t.Context(), program, who)
		cmd.Env = append(os.Environ(), editor+"="+string(f))
		cmd.Stderr = t.Output()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		processes = append(processes, cmd)
	}
	for _, cmd := range processes {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	tokens, err := f.Tokens()
	if err != nil || len(tokens) != edits {
		t.Errorf("%d tokens, %v, want %d", len(tokens), err, edits)
	}
}
