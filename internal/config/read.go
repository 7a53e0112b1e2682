package config

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// A reader goes through the file and gathers all that is wrong with it.
type reader struct {
	text   string
	folder string
	env    Env
	faults []error
}

// read takes over what the text of the file says.
func (c *Config) read(text string, env Env) error {
	var tree map[string]any
	if _, err := toml.Decode(text, &tree); err != nil {
		return syntaxError(err)
	}
	folder, err := filepath.Abs(filepath.Dir(c.File))
	if err != nil {
		return err
	}
	r := &reader{text: text, folder: folder, env: env}
	r.known(tree, nil, "ledger", "accounts", "budgets", "alerts")
	c.Ledger = Place(r.string(tree, nil, "ledger"))
	if c.Ledger != "" && !c.Ledger.IsAddress() {
		c.Ledger = Place(resolve(string(c.Ledger), r.folder, env))
	}
	for tree, at := range r.named(tree, "accounts") {
		c.Accounts = append(c.Accounts, r.account(tree, at))
	}
	for tree, at := range r.named(tree, "alerts") {
		c.Receivers = append(c.Receivers, r.receiver(tree, at))
	}
	for tree, at := range r.named(tree, "budgets") {
		c.Budgets = append(c.Budgets, r.budget(tree, at, c.Receivers))
	}
	return errors.Join(r.faults...)
}

// named goes through the tables [KIND.NAME], in the order of their names.
func (r *reader) named(tree map[string]any, kind string) iter.Seq2[map[string]any, []string] {
	return func(yield func(map[string]any, []string) bool) {
		all := r.table(tree, nil, kind)
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if !properName.MatchString(name) {
				r.fault([]string{kind, name}, "a name has letters, digits, - and _ only")
				continue
			}
			if !yield(r.table(all, []string{kind}, name), []string{kind, name}) {
				return
			}
		}
	}
}

var (
	properName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	// A variable's name, in capitals: so a key in its place is not taken for one.
	variableName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
	inlineKey    = regexp.MustCompile(`(?i)^(api|admin|venice)?[_-]?(api|admin)?[_-]?(key|secret|token)$`)
)

// account reads one account. No error shows a value, since a user may have put
// the key itself there.
func (r *reader) account(tree map[string]any, at []string) Account {
	r.known(tree, at, "label", "key_env", "key_file", "base_url", "billing_account_id", "billing_account_name")
	a := Account{
		Name:    at[1],
		Label:   r.string(tree, at, "label"),
		BaseURL: r.string(tree, at, "base_url"),

		BillingID:   r.string(tree, at, "billing_account_id"),
		BillingName: r.string(tree, at, "billing_account_name"),
	}
	if a.BaseURL == "" {
		a.BaseURL = r.env(EnvBaseURL)
	}
	if (tree["key_env"] == nil) == (tree["key_file"] == nil) {
		r.fault(at, "give one of key_env, a variable that holds the key, and key_file, a file that does")
	}
	a.keyEnv, a.keyFile = r.variable(tree, at, "key_env", "key"), r.secretFile(tree, at, "key_file", "key")
	return a
}

// variable reads the name of a variable that holds a secret.
func (r *reader) variable(tree map[string]any, at []string, name, what string) string {
	variable := r.string(tree, at, name)
	if variable != "" && !variableName.MatchString(variable) {
		r.fault(append(at, name), "must be the name of a variable, in capitals, and not the "+what+" itself")
	}
	return variable
}

// secretFile reads the path of a file that holds a secret.
func (r *reader) secretFile(tree map[string]any, at []string, name, what string) string {
	file := r.string(tree, at, name)
	if file == "" {
		return ""
	}
	if !strings.ContainsAny(file, `/\`) || strings.Contains(file, "://") {
		r.fault(append(at, name), "must be a path with a / in it (./name for a file beside this one), and not the "+what+" itself")
	}
	return resolve(file, r.folder, r.env)
}

// known refuses keys that mean nothing here: a typing error must not pass for
// a setting.
func (r *reader) known(tree map[string]any, at []string, names ...string) {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		switch {
		case slices.Contains(names, name):
		case inlineKey.MatchString(name):
			r.fault(append(at, name), "a key must not stand in this file: name a variable or a file with one of "+strings.Join(sources(names), ", "))
		default:
			r.fault(append(at, name), "not known here; known are "+strings.Join(names, ", "))
		}
	}
}

// sources are the settings among these that say where a secret is, or else those
// of an account.
func sources(names []string) []string {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return !strings.HasSuffix(name, "_env") && !strings.HasSuffix(name, "_file")
	})
	if len(names) == 0 {
		return []string{"key_env", "key_file"}
	}
	return names
}

// string reads a text that may be missing but not empty.
func (r *reader) string(tree map[string]any, at []string, name string) string {
	value, ok := tree[name]
	if !ok {
		return ""
	}
	text, ok := value.(string)
	if !ok || strings.TrimSpace(text) == "" {
		r.fault(append(at, name), "must be a text in quotes, and not empty")
	}
	return text
}

func (r *reader) table(tree map[string]any, at []string, name string) map[string]any {
	value, ok := tree[name]
	if !ok {
		return nil
	}
	table, ok := value.(map[string]any)
	if !ok {
		r.fault(append(at, name), "must be a table: ["+append(at, name)[0]+".NAME] and lines below it")
	}
	return table
}

func (r *reader) fault(at []string, what string) {
	r.faults = append(r.faults, fmt.Errorf("line %d: %s: %s", lineOf(r.text, at), toml.Key(at), what))
}

// lineOf is the line where a key of the file is set: the last one of the
// shortest beginning of the file that is whole and has the key.
func lineOf(text string, key []string) int {
	end, line := 0, 0
	for part := range strings.Lines(text) {
		end += len(part)
		line++
		var tree map[string]any
		if meta, err := toml.Decode(text[:end], &tree); err == nil && meta.IsDefined(key...) {
			return line
		}
	}
	return line
}

// syntaxError keeps only the place of what is not TOML: the parser's own words
// may hold a piece of a key.
func syntaxError(err error) error {
	var parse toml.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("line %d, column %d: not TOML: expected name = \"text\" or [accounts.NAME]",
			parse.Position.Line, parse.Position.Col)
	}
	return errors.New("not TOML")
}
