package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/venice"
)

const secret = "VENICE-ADMIN-KEY-abcDEF0123456789"

func environment(pairs ...string) config.Env {
	vars := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		vars[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return vars[name] }
}

// write makes a file in a folder of its own and returns its name.
func write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLoadWithoutFile(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	for name, test := range map[string]struct {
		env    config.Env
		ledger config.Place
	}{
		"home":          {environment("HOME", home), config.Place(home + "/.local/share/ducat/ledger.duckdb")},
		"XDG":           {environment("HOME", home, "XDG_DATA_HOME", home+"/data"), config.Place(home + "/data/ducat/ledger.duckdb")},
		"relative XDG":  {environment("HOME", home, "XDG_DATA_HOME", "data"), config.Place(home + "/.local/share/ducat/ledger.duckdb")},
		"ledger named":  {environment("DUCAT_LEDGER", "here.duckdb"), "here.duckdb"},
		"ledger first":  {environment("HOME", home, "DUCAT_LEDGER", home+"/x"), config.Place(home + "/x")},
		"nothing there": {environment("HOME", home, "XDG_CONFIG_HOME", home+"/none"), config.Place(home + "/.local/share/ducat/ledger.duckdb")},
	} {
		c, err := config.Load(test.env)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.Ledger != test.ledger || c.Beside != string(test.ledger) || c.File != "" || !c.Implicit {
			t.Errorf("%s: ledger %s, file %q, implicit %t; want %s, none, true", name, c.Ledger, c.File, c.Implicit, test.ledger)
		}
		if len(c.Accounts) != 1 || c.Accounts[0].Name != config.Default || c.Accounts[0].KeySource() != "$VENICE_API_KEY" {
			t.Errorf("%s: accounts %+v, want the default with VENICE_API_KEY", name, c.Accounts)
		}
	}
	if c, err := config.Load(environment("HOME", home, "XDG_CONFIG_HOME", home+"/settings")); err != nil || c.Tokens != filepath.Join(home, "settings/ducat/tokens.json") {
		t.Errorf("%+v, %v, want tokens beside the file that is not there", c, err)
	}
	if _, err := config.Load(environment()); err == nil || !strings.Contains(err.Error(), "DUCAT_LEDGER") {
		t.Errorf("without HOME: %v, want an error that names DUCAT_LEDGER", err)
	}
	if _, err := config.Load(environment("DUCAT_CONFIG", filepath.Join(home, "none.toml"), "HOME", home)); err == nil {
		t.Error("a named file that does not exist is no error")
	}
}

func TestLoadFile(t *testing.T) {
	t.Parallel()
	file := write(t, "config.toml", `
ledger = "books/mine.duckdb"

[accounts.work]
label = "The company"
key_env = "WORK_KEY"
base_url = "https://venice.example.com/api"
billing_account_id = "acct-1"
billing_account_name = "The company's"

[accounts]
home-2 = { key_file = "./home.key" }
far = { key_file = "~/far.key" }
`, 0o600)
	folder := filepath.Dir(file)
	for name, mode := range map[string]os.FileMode{"home.key": 0o600, "far.key": 0o644} {
		key := filepath.Join(folder, name)
		if err := os.WriteFile(key, []byte(secret+"\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(key, mode); err != nil { // whatever the umask is
			t.Fatal(err)
		}
	}
	env := environment("DUCAT_CONFIG", file, "HOME", folder, "WORK_KEY", " work-secret ", "VENICE_API_BASE_URL", "http://127.0.0.1:1/")
	c, err := config.Load(env)
	if err != nil {
		t.Fatal(err)
	}
	type row struct{ Name, Label, BaseURL, Source, Key string }
	var got []row
	for _, a := range c.Accounts {
		key, err := a.Key(env)
		if err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
		got = append(got, row{a.Name, a.Label, a.BaseURL, a.KeySource(), key})
	}
	want := []row{
		{"far", "", "http://127.0.0.1:1/", filepath.Join(folder, "far.key"), secret},
		{"home-2", "", "http://127.0.0.1:1/", filepath.Join(folder, "home.key"), secret},
		{"work", "The company", "https://venice.example.com/api", "$WORK_KEY", "work-secret"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if want := filepath.Join(folder, "tokens.json"); c.Tokens != want {
		t.Errorf("tokens in %s, want %s", c.Tokens, want)
	}
	if want := config.Place(filepath.Join(folder, "books/mine.duckdb")); c.Ledger != want || c.Implicit || c.File != file {
		t.Errorf("%+v, want the ledger %s", c, want)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "account far can be read by others") {
		t.Errorf("warnings %q, want one about far's file", c.Warnings)
	}
	if work, ok := c.Account("work"); !ok || work.BillingID != "acct-1" || work.BillingName != "The company's" {
		t.Errorf("the account work is %+v", work)
	}
	if _, ok := c.Account("none"); ok {
		t.Error("an account that is not there")
	}
	if text := fmt.Sprintf("%v %+v %#v", c, c, c.Accounts); strings.Contains(text, "secret") || strings.Contains(text, secret) {
		t.Errorf("a key in %s", text)
	}
}

func TestLoadFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"unknown key": {"\nledgr = 'x'\n", []string{"line 2: ledgr: not known here; known are ledger, accounts"}},
		"unknown key of an account": {"[accounts.a]\nkey_env = 'A'\n# what\ncolour = 'red'\n",
			[]string{"line 4: accounts.a.colour: not known here"}},
		"unknown after text of many lines": {"ledger = '''/x\ny = 1\n'''\ny = 2\n", []string{"line 4: y: not known"}},
		"inline key":                       {"[accounts.a]\nkey = '" + secret + "'\n", []string{"line 2: accounts.a.key: a key must not stand in this file", "give one of"}},
		"inline api_key":                   {"[accounts.a]\napi_key = '" + secret + "'\nkey_env = 'A'\n", []string{"line 2: accounts.a.api_key: a key must not"}},
		"inline key without quotes":        {"[accounts.a]\nkey = " + secret + "\n", []string{"line 2, column ", "not TOML"}},
		"a key for a line":                 {"[accounts.a]\n" + secret + "\n", []string{"line 2, column ", "not TOML"}},
		"a key twice":                      {"[accounts.a]\nkey_env='A'\nkey_env='" + secret + "'\n", []string{"line 3, column ", "not TOML"}},
		"key as variable":                  {"[accounts.a]\nkey_env = '" + secret + "'\n", []string{"line 2: accounts.a.key_env: must be the name of a variable"}},
		"key as path":                      {"[accounts.a]\nkey_file = '" + secret + "'\n", []string{"line 2: accounts.a.key_file: must be a path"}},
		"both":                             {"[accounts.a]\nkey_env = 'A'\nkey_file = './a'\n", []string{"line 1: accounts.a: give one of"}},
		"neither":                          {"ledger = 'x'\n[accounts.a]\nlabel = 'A'\n", []string{"line 2: accounts.a: give one of"}},
		"name":                             {"[accounts.'a b']\nkey_env = 'A'\n", []string{"line 1: accounts.\"a b\": a name has"}},
		"number":                           {"ledger = 5\n", []string{"line 1: ledger: must be a text"}},
		"empty":                            {"ledger = ' '\n", []string{"line 1: ledger: must be a text"}},
		"accounts no table":                {"accounts = 'a'\n", []string{"line 1: accounts: must be a table"}},
		"account no table":                 {"accounts.a = 'a'\n", []string{"line 1: accounts.a: must be a table"}},
		"all of it": {"lodger = 1\nledger = 1\n[accounts.a]\n[accounts.b]\nkey_env = 'B'\nurl = 'x'\n",
			[]string{"line 1: lodger", "line 2: ledger", "line 3: accounts.a: give", "line 6: accounts.b.url"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, "config.toml", test.text, 0o600)
			_, err := config.Load(environment("DUCAT_CONFIG", file, "HOME", filepath.Dir(file)))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(test.want, file) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nwant %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("a key in %v", err)
			}
		})
	}
}

func TestMissingKeys(t *testing.T) {
	t.Parallel()
	long := write(t, "long", strings.Repeat("k", 5000), 0o600)
	two := write(t, "two", secret+"\nmore\n", 0o600)
	empty := write(t, "empty", "\n", 0o600)
	for name, test := range map[string]struct{ setting, want string }{
		"variable": {"key_env = 'NOT_SET'", "set NOT_SET to an ADMIN key"},
		"file":     {"key_file = './none'", "none: no such file"},
		"empty":    {"key_file = '" + empty + "'", "is empty"},
		"two":      {"key_file = '" + two + "'", "only line"},
		"long":     {"key_file = '" + long + "'", "only line"},
	} {
		file := write(t, "config.toml", "[accounts.a]\n"+test.setting+"\n", 0o600)
		env := environment("DUCAT_CONFIG", file, "DUCAT_LEDGER", "x")
		c, err := config.Load(env)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, err = c.Accounts[0].Key(env)
		if !errors.Is(err, venice.ErrAuthentication) || !strings.Contains(err.Error(), test.want) ||
			!strings.Contains(err.Error(), "account a") || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, want ErrAuthentication with the account and %q, and no key", name, err, test.want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("[accounts.a]\nkey_env = 'A'\n")
	f.Add("ledger = 5\n[accounts.'a b']\nkey = 1\n")
	f.Add("accounts = [1, {a = 2}]\n")
	f.Add("[budgets.a]\namount = '1.5'\ncurrency = 'USD'\nperiod = 'day'\nthresholds = [50]\nalerts = ['b']\n[alerts.b]\ntype = 'slack'\nurl = 'https://x'\n")
	f.Add("[budgets.a]\namount = 1.5\naccounts = [1, []]\n[alerts.b]\ntype = 'command'\ncommand = ['', 1]\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 {
			return // lines are looked for again and again
		}
		file := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(environment("DUCAT_CONFIG", file, "HOME", "/nowhere"))
		if (c == nil) == (err == nil) {
			t.Fatalf("%v and %v", c, err)
		}
		if err == nil && len(c.Accounts) == 0 {
			t.Error("no account")
		}
	})
}
