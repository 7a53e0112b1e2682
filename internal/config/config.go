// Package config knows the accounts of the user, where the books are, and what
// may be spent: from a TOML file, which need not exist, and from the environment.
//
//	ledger = "books/ledger.duckdb"     # or the address of a database server
//
//	[accounts.work]
//	label    = "The company"
//	key_env  = "VENICE_KEY_WORK"     # a variable that holds the ADMIN key
//
//	[accounts.home]
//	key_file = "~/.secrets/venice"   # or a file that does
//	base_url = "https://venice.example.com/api/v1"
//	billing_account_id   = "acct-0042" # what a FOCUS export calls it
//	billing_account_name = "Home"
//
//	[budgets.team]
//	amount     = "100"               # a text, so that every digit counts
//	currency   = "USD"               # or "dollars", the dollar equivalent
//	period     = "month"             # or epoch, day, week
//	tz         = "Europe/Berlin"
//	accounts   = ["work"]            # also models = [...] or key = "..."
//	thresholds = [50, 80, 100]       # percent
//	alerts     = ["ops"]
//
//	[alerts.ops]
//	type       = "webhook"           # or slack, command
//	url_env    = "OPS_URL"           # or url_file, or url
//	secret_env = "OPS_SECRET"        # signs what is sent
//
// Relative paths begin at the folder of the file, and ~/ is the home folder.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The variables of the environment that are read.
const (
	EnvConfig  = "DUCAT_CONFIG"        // the file, in another place than usual
	EnvLedger  = "DUCAT_LEDGER"        // the ledger, in another place than the file says
	EnvKey     = "VENICE_API_KEY"      // the key of the account Default
	EnvBaseURL = "VENICE_API_BASE_URL" // where accounts without base_url are asked
)

// Default is the account of those who configure none.
const Default = "default"

// An Env looks up a variable of the environment; "" is "not set".
type Env func(name string) string

// A Config is what the user has set up.
type Config struct {
	// File is the file that was read, or "" when there is none.
	File string
	// Ledger is where the books are.
	Ledger Place
	// Beside is how the paths of files begin that this machine keeps for the
	// ledger: it is the ledger's own path or, for one on a server, a path in the
	// user's data folder, which need not exist.
	Beside string
	// Tokens is the path of the file with tokens for those who ask 'ducat serve',
	// beside File. It need not exist; "" when there is no place for it.
	Tokens string
	// Accounts are in the order of their names. There is always one.
	Accounts []Account
	// Implicit says that none was configured, and the one is Default.
	Implicit bool
	// Budgets and Receivers of their alerts are in the order of their names.
	Budgets   []Budget
	Receivers []Receiver
	// Warnings say what works and still should be mended, a sentence each.
	Warnings []string
}

// Load reads the file named by DUCAT_CONFIG, or else ducat/config.toml in the
// user's folder for configuration, where it may be missing. The error names
// everything that is wrong with it. Keys are not read: see [Account.Key].
func Load(env Env) (*Config, error) {
	file := env(EnvConfig)
	named := file != ""
	if dir := configFolder(env); !named && dir != "" {
		file = filepath.Join(dir, "ducat", "config.toml")
	}
	c := new(Config)
	if file != "" {
		c.Tokens = filepath.Join(filepath.Dir(file), "tokens.json")
		text, err := os.ReadFile(file)
		switch {
		case err == nil:
			c.File = file
			if err := c.read(string(text), env); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		case named && errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s names a file that does not exist: %s", EnvConfig, file)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	if len(c.Accounts) == 0 {
		c.Implicit = true
		c.Accounts = []Account{{Name: Default, BaseURL: env(EnvBaseURL), keyEnv: EnvKey}}
	}
	slices.SortFunc(c.Accounts, func(a, b Account) int { return strings.Compare(a.Name, b.Name) })
	for _, a := range c.Accounts {
		c.Warnings = append(c.Warnings, warnReadable(a.keyFile, "the key file of the account "+a.Name)...)
	}
	for _, r := range c.Receivers {
		c.Warnings = append(c.Warnings, warnReadable(r.urlFile, "the file with the address of the alert "+r.Name)...)
	}
	c.Ledger = cmp.Or(Place(env(EnvLedger)), c.Ledger)
	if err := c.placeLedger(dataFolder(env)); err != nil {
		return nil, err
	}
	return c, nil
}

// placeLedger finds places in the user's data folder for what needs one.
func (c *Config) placeLedger(folder string) error {
	switch {
	case folder == "" && c.Ledger == "":
		return fmt.Errorf("no place for the ledger: neither HOME nor %s is set; set %s to a path", EnvLedger, EnvLedger)
	case folder == "" && c.Ledger.IsAddress():
		return fmt.Errorf("no place for what this machine keeps for the ledger %s: neither HOME nor XDG_DATA_HOME is set; set XDG_DATA_HOME to a folder", c.Ledger)
	case c.Ledger == "":
		c.Ledger = Place(filepath.Join(folder, "ducat", "ledger.duckdb"))
	}
	c.Beside = c.Ledger.beside(filepath.Join(folder, "ducat"))
	return nil
}

// AccountsWith are the names of all accounts there are: those configured, and
// kept, those that the books have. The account that is there without any setting
// counts only when the books have none.
func (c *Config) AccountsWith(kept []string) []string {
	all := slices.Clone(kept)
	if !c.Implicit || len(kept) == 0 {
		for _, account := range c.Accounts {
			all = append(all, account.Name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Account finds an account by its name.
func (c *Config) Account(name string) (Account, bool) {
	i := slices.IndexFunc(c.Accounts, func(a Account) bool { return a.Name == name })
	if i < 0 {
		return Account{}, false
	}
	return c.Accounts[i], true
}
