package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/config"
)

func TestLoadBudgets(t *testing.T) {
	t.Parallel()
	file := write(t, "config.toml", `
[budgets.team]
amount = "1234.56789012345678901234"
currency = "USD"
period = "month"
tz = "Europe/Berlin"
accounts = ["work"]
models = ["glm", "kimi"]
thresholds = [100, 25]
alerts = ["ops", "chat", "ops"]

[budgets.all]
amount = 50
currency = "dollars"
period = "epoch"

[budgets.prod]
amount = "0.5"
currency = "DIEM"
period = "week"
key = "production"

[alerts.ops]
type = "webhook"
url_env = "OPS_URL"
secret_env = "OPS_SECRET"

[alerts.chat]
type = "slack"
url_file = "./chat.url"

[alerts.here]
type = "webhook"
url = "http://127.0.0.1:8080/`+secret+`"

[alerts.mail]
type = "command"
command = ["mail", "-s", "Budget", "me@example.com"]
`, 0o600)
	chat := filepath.Join(filepath.Dir(file), "chat.url")
	if err := os.WriteFile(chat, []byte("https://hooks.example.com/"+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(chat, 0o644); err != nil {
		t.Fatal(err)
	}
	env := environment("DUCAT_CONFIG", file, "DUCAT_LEDGER", "x", "OPS_URL", "https://ops.example.com/hook", "OPS_SECRET", secret)
	c, err := config.Load(env)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Name, Unit, Amount, Period, Zone, Key string
		Accounts, Models, Alerts              []string
		Thresholds                            []int
	}
	var got []row
	for _, b := range c.Budgets {
		got = append(got, row{b.Name, b.Unit(), b.Amount.String(), string(b.Period), b.Zone.String(), b.Key, b.Accounts, b.Models, b.Alerts, b.Thresholds})
	}
	want := []row{
		{Name: "all", Unit: "dollars", Amount: "50", Period: "epoch", Zone: "UTC", Thresholds: []int{50, 80, 100}},
		{Name: "prod", Unit: "DIEM", Amount: "0.5", Period: "week", Zone: "UTC", Key: "production", Thresholds: []int{50, 80, 100}},
		{Name: "team", Unit: "USD", Amount: "1234.56789012345678901234", Period: "month", Zone: "Europe/Berlin",
			Accounts: []string{"work"}, Models: []string{"glm", "kimi"}, Alerts: []string{"chat", "ops"}, Thresholds: []int{25, 100}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("budgets (-want +got):\n%s", diff)
	}

	type address struct{ Name, Kind, URL, Secret string }
	var addresses []address
	for _, r := range c.Receivers {
		a := address{Name: r.Name, Kind: string(r.Kind)}
		if r.Kind != config.Command {
			if a.URL, err = r.URL(env); err != nil {
				t.Error(err)
			}
			if a.Secret, err = r.Secret(env); err != nil {
				t.Error(err)
			}
		}
		addresses = append(addresses, a)
	}
	if diff := cmp.Diff([]address{
		{"chat", "slack", "https://hooks.example.com/" + secret, ""},
		{"here", "webhook", "http://127.0.0.1:8080/" + secret, ""},
		{"mail", "command", "", ""},
		{"ops", "webhook", "https://ops.example.com/hook", secret},
	}, addresses); diff != "" {
		t.Errorf("receivers (-want +got):\n%s", diff)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "alert chat can be read by others") {
		t.Errorf("warnings %q, want one about chat's file", c.Warnings)
	}
	if text := fmt.Sprintf("%v %+v %#v %+v", c, c, c, c.Receivers); strings.Contains(text, secret) {
		t.Errorf("a secret in %s", text)
	}
}

func TestLoadBudgetFaults(t *testing.T) {
	t.Parallel()
	const good = "currency = 'USD'\nperiod = 'day'\n"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"no table":             {"budgets = 5\n", []string{"line 1: budgets: must be a table: [budgets.NAME]"}},
		"name":                 {"[budgets.'a b']\n", []string{`line 1: budgets."a b": a name has`}},
		"unknown key":          {"[budgets.a]\namount = '1'\n" + good + "limit = 5\n", []string{"line 5: budgets.a.limit: not known here"}},
		"nothing":              {"[budgets.a]\n", []string{"line 1: budgets.a: give an amount", "line 1: budgets.a: give a currency"}},
		"no period":            {"[budgets.a]\namount = '1'\ncurrency = 'USD'\n", []string{`line 1: budgets.a: unknown period ""`}},
		"period":               {"[budgets.a]\namount = '1'\ncurrency = 'USD'\nperiod = 'year'\n", []string{`line 1: budgets.a: unknown period "year"`}},
		"inexact amount":       {"[budgets.a]\namount = 12.5\n" + good, []string{"line 2: budgets.a.amount: must be in quotes"}},
		"amount of zero":       {"[budgets.a]\namount = '0.00'\n" + good, []string{"line 2: budgets.a.amount: must be a decimal of more than 0"}},
		"negative amount":      {"[budgets.a]\namount = -5\n" + good, []string{"line 2: budgets.a.amount: must be a decimal"}},
		"amount in words":      {"[budgets.a]\namount = '1e999999999'\n" + good, []string{"line 2: budgets.a.amount: must be a decimal"}},
		"amount with comma":    {"[budgets.a]\namount = '1,5'\n" + good, []string{"line 2: budgets.a.amount: must be a decimal"}},
		"amount too fine":      {"[budgets.a]\namount = '0.0000000000000000000000001'\n" + good, []string{"line 2: budgets.a.amount: must be a decimal"}},
		"amount yes":           {"[budgets.a]\namount = true\n" + good, []string{"line 2: budgets.a.amount: must be in quotes"}},
		"zone":                 {"[budgets.a]\namount = 1\n" + good + "tz = 'Mars/Base'\n", []string{"line 5: budgets.a.tz: must be the name of a zone"}},
		"zone local":           {"[budgets.a]\namount = 1\n" + good + "tz = 'Local'\n", []string{"line 5: budgets.a.tz: must be the name of a zone"}},
		"epoch elsewhere":      {"[budgets.a]\namount = 1\ncurrency='USD'\nperiod='epoch'\ntz = 'Asia/Tokyo'\n", []string{"line 1: budgets.a: an epoch begins at 00:00 UTC"}},
		"key elsewhere":        {"[budgets.a]\namount = 1\n" + good + "tz = 'Asia/Tokyo'\nkey = 'k'\n", []string{"line 1: budgets.a: by key knows UTC days only"}},
		"key and model":        {"[budgets.a]\namount = 1\n" + good + "models = ['m']\nkey = 'k'\n", []string{"line 1: budgets.a: by key takes no models"}},
		"key in another":       {"[budgets.a]\namount = 1\ncurrency='VCU'\nperiod='day'\nkey = 'k'\n", []string{"line 1: budgets.a: by key knows USD, DIEM and dollars only"}},
		"thresholds":           {"[budgets.a]\namount = 1\n" + good + "thresholds = [0]\n", []string{"line 5: budgets.a.thresholds: must be a list of percents"}},
		"half a threshold":     {"[budgets.a]\namount = 1\n" + good + "thresholds = [50.5]\n", []string{"line 5: budgets.a.thresholds: must be"}},
		"a threshold twice":    {"[budgets.a]\namount = 1\n" + good + "thresholds = [50, 50]\n", []string{"line 5: budgets.a.thresholds: must be"}},
		"no thresholds":        {"[budgets.a]\namount = 1\n" + good + "thresholds = []\n", []string{"line 5: budgets.a.thresholds: must be"}},
		"one model":            {"[budgets.a]\namount = 1\n" + good + "models = 'm'\n", []string{"line 5: budgets.a.models: must be a list of texts"}},
		"no accounts":          {"[budgets.a]\namount = 1\n" + good + "accounts = []\n", []string{"line 5: budgets.a.accounts: must be a list of texts"}},
		"unknown alert":        {"[budgets.a]\namount = 1\n" + good + "alerts = ['https://" + secret + "']\n", []string{"line 5: budgets.a.alerts: names an alert that is not there"}},
		"alert without type":   {"[alerts.a]\nurl_env = 'A'\n", []string{"line 1: alerts.a: give a type"}},
		"alert of a kind":      {"[alerts.a]\ntype = 'pager'\n", []string{"line 2: alerts.a.type: must be webhook"}},
		"alert without url":    {"[alerts.a]\ntype = 'webhook'\n", []string{"line 1: alerts.a: give one of url_env"}},
		"alert with two":       {"[alerts.a]\ntype = 'slack'\nurl_env = 'A'\nurl_file = './b'\n", []string{"line 1: alerts.a: give one of url_env"}},
		"http":                 {"[alerts.a]\ntype = 'slack'\nurl = 'http://example.com/" + secret + "'\n", []string{"line 3: alerts.a.url: is not an address that alerts can go to"}},
		"no url":               {"[alerts.a]\ntype = 'slack'\nurl = '" + secret + "'\n", []string{"line 3: alerts.a.url: is not an address"}},
		"loopback in the name": {"[alerts.a]\ntype = 'slack'\nurl = 'http://127.0.0.1.example.com/'\n", []string{"line 3: alerts.a.url: is not an address"}},
		"broken url":           {"[alerts.a]\ntype = 'slack'\nurl = 'https://%zz" + secret + "'\n", []string{"line 3: alerts.a.url: is not an address"}},
		"url as variable":      {"[alerts.a]\ntype = 'slack'\nurl_env = 'https://" + secret + "'\n", []string{"line 3: alerts.a.url_env: must be the name of a variable, in capitals, and not the address"}},
		"url as file":          {"[alerts.a]\ntype = 'slack'\nurl_file = 'https://" + secret + "'\n", []string{"line 3: alerts.a.url_file: must be a path"}},
		"secret itself":        {"[alerts.a]\ntype = 'webhook'\nurl_env = 'A'\nsecret_env = '" + secret + "'\n", []string{"line 4: alerts.a.secret_env: must be the name of a variable"}},
		"inline secret":        {"[alerts.a]\ntype = 'webhook'\nurl_env = 'A'\nsecret = '" + secret + "'\n", []string{"line 4: alerts.a.secret: a key must not stand in this file", "secret_env"}},
		"secret of a budget":   {"[budgets.a]\nsecret = '" + secret + "'\n", []string{"line 2: budgets.a.secret: a key must not stand in this file", "key_env, key_file"}},
		"slack signed":         {"[alerts.a]\ntype = 'slack'\nurl_env = 'A'\nsecret_env = 'B'\n", []string{"line 4: alerts.a.secret_env: not known here"}},
		"command with url":     {"[alerts.a]\ntype = 'command'\ncommand = ['x']\nurl_env = 'B'\n", []string{"line 4: alerts.a.url_env: not known here"}},
		"command as a line":    {"[alerts.a]\ntype = 'command'\ncommand = 'mail me'\n", []string{"line 3: alerts.a.command: must be a list of texts"}},
		"no command":           {"[alerts.a]\ntype = 'command'\n", []string{"line 1: alerts.a: give command = ["}},
		"all of it": {"[alerts.a]\ntype = 'slack'\n[budgets.b]\namount = 0.1\nkeys = 'x'\n",
			[]string{"line 1: alerts.a: give one", "line 4: budgets.b.amount", "line 5: budgets.b.keys", "line 3: budgets.b: give a currency"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, "config.toml", test.text, 0o600)
			_, err := config.Load(environment("DUCAT_CONFIG", file, "DUCAT_LEDGER", "x"))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(test.want, file) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nwant %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("a secret in %v", err)
			}
		})
	}
}

// What is wrong with an address is said when it is needed, without it.
func TestMissingAddresses(t *testing.T) {
	t.Parallel()
	empty := write(t, "empty", "\n", 0o600)
	plain := write(t, "plain", "http://example.com/"+secret+"\n", 0o600)
	for name, test := range map[string]struct{ settings, want string }{
		"variable": {"url_env = 'NOT_SET'", "set NOT_SET to it"},
		"unsafe":   {"url_env = 'PLAIN'", "$PLAIN is not an address that alerts can go to"},
		"file":     {"url_file = './none'", "none: no such file"},
		"empty":    {"url_file = '" + empty + "'", "is empty: write an address into it"},
		"plain":    {"url_file = '" + plain + "'", plain + " is not an address"},
	} {
		file := write(t, "config.toml", "[alerts.a]\ntype = 'webhook'\nsecret_env = 'UNSET'\n"+test.settings+"\n", 0o600)
		env := environment("DUCAT_CONFIG", file, "DUCAT_LEDGER", "x", "PLAIN", "http://example.com/"+secret)
		c, err := config.Load(env)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := c.Receivers[0].URL(env); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, want %q and no address", name, err, test.want)
		}
		if _, err := c.Receivers[0].Secret(env); err == nil || !strings.Contains(err.Error(), "set UNSET to it") {
			t.Errorf("%s: %v, want an error that names UNSET", name, err)
		}
	}
}
