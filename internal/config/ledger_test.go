package config_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ducat-ledger/ducat/internal/config"
)

// An address is taken as it is, also in the file, and printed without its password.
func TestLedgerOnServer(t *testing.T) {
	t.Parallel()
	const pass = "s3cret"
	home := t.TempDir()
	for address, want := range map[string]string{
		"clickhouse://ducat:" + pass + "@db:9000/books?cluster=main":        "clickhouse://ducat@db:9000/books",
		"clickhouse://db1:9000,db2:9000/books?password=" + pass:             "clickhouse://db1:9000,db2:9000/books",
		"clickhouse://ducat:" + pass + "/?#@" + pass + "@db:9000/books":     "clickhouse://ducat@db:9000/books",
		"https://ducat:" + pass + "@[::1]:8443/books?secure=true&x=" + pass: "https://ducat@[::1]:8443/books",
		"clickhouse://:" + pass + "@db/books":                               "clickhouse://@db/books",
		"clickhouse://db":                                                   "clickhouse://db",
	} {
		for name, env := range map[string]config.Env{
			"environment": environment("DUCAT_LEDGER", address, "HOME", home),
			"file":        environment("DUCAT_CONFIG", write(t, "config.toml", fmt.Sprintf("ledger = %q\n", address), 0o600), "HOME", home),
		} {
			c, err := config.Load(env)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if !c.Ledger.IsAddress() || string(c.Ledger) != address || c.Ledger.String() != want {
				t.Errorf("%s: the ledger is %q, spelled %s; want %q, %s", name, string(c.Ledger), c.Ledger, address, want)
			}
			text, err := json.Marshal(c.Ledger)
			if err != nil {
				t.Fatal(err)
			}
			if printed := fmt.Sprintf("%v %+v %q %s", c, c, c.Ledger, text); strings.Contains(printed, pass) {
				t.Errorf("%s: a password in %s", name, printed)
			}
			if filepath.Dir(c.Beside) != filepath.Join(home, ".local/share/ducat") || strings.Contains(c.Beside, pass) {
				t.Errorf("%s: files of the ledger begin with %s", name, c.Beside)
			}
		}
	}
}

// What this machine keeps for one ledger is not taken for that of another, and
// stays when the password changes.
func TestBesideLedgerOnServer(t *testing.T) {
	t.Parallel()
	beside := func(address string) string {
		c, err := config.Load(environment("DUCAT_LEDGER", address, "XDG_DATA_HOME", "/data"))
		if err != nil {
			t.Fatal(err)
		}
		return c.Beside
	}
	here := beside("clickhouse://ducat:a@db:9000/books")
	if other := beside("clickhouse://ducat:b@db:9000/books"); other != here {
		t.Errorf("%s with one password, %s with another", here, other)
	}
	for _, address := range []string{"clickhouse://ducat:a@db:9000/other", "clickhouse://ducat:a@db:9001/books", "clickhouse://ducat:a@db2:9000/books"} {
		if beside(address) == here {
			t.Errorf("%s has the files of another ledger", address)
		}
	}
	_, err := config.Load(environment("DUCAT_LEDGER", "clickhouse://ducat:s3cret@db:9000/books"))
	if err == nil || !strings.Contains(err.Error(), "set XDG_DATA_HOME") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("without a data folder: %v", err)
	}
}
