package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ducat-ledger/ducat/internal/ledger"
	"github.com/ducat-ledger/ducat/venice"
)

// A choice is the value of a flag that takes one of a few words.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.Join(c.allowed, "|") }

func (c *choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return fmt.Errorf("must be one of %s", strings.Join(c.allowed, ", "))
	}
	c.value = s
	return nil
}

// choiceFlag adds a flag that takes one of a few words; "" is no default.
func choiceFlag(cmd *cobra.Command, name, short, value string, allowed []string, usage string) *choice {
	c := &choice{value, allowed}
	cmd.Flags().VarP(c, name, short, usage)
	// The error is that of a flag which does not exist.
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(allowed, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// The output formats.
const (
	formatTable  = "table"
	formatJSON   = "json"
	formatNDJSON = "ndjson"
	formatCSV    = "csv"
)

// outputFlag adds -o with the formats that a command has; the first is the default.
func outputFlag(cmd *cobra.Command, formats ...string) *choice {
	return choiceFlag(cmd, "output", "o", formats[0], formats, "how to print")
}

// A count is the value of a flag that takes 1, 2, 3, ...; 0 is "not given".
type count int

func (c *count) String() string {
	if *c == 0 {
		return ""
	}
	return strconv.Itoa(int(*c))
}

func (c *count) Type() string { return "n" }

func (c *count) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return errors.New("must be a whole number, 1 or more")
	}
	*c = count(n)
	return nil
}

// An instant is the value of a flag that takes a point in time; zero is "not given".
type instant struct {
	time.Time
	parse func(string) (time.Time, error)
}

func (t *instant) String() string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func (t *instant) Type() string { return "time" }

func (t *instant) Set(s string) (err error) {
	t.Time, err = t.parse(s)
	return err
}

// A connection is how to ask Venice.
type connection struct {
	timeout time.Duration
	retries int
	measure func(http.RoundTripper) http.RoundTripper // nil: nobody counts the requests
}

// connectionFlags adds the flags that every command which asks Venice has.
func connectionFlags(cmd *cobra.Command) *connection {
	c := new(connection)
	cmd.Flags().DurationVar(&c.timeout, "timeout", venice.DefaultTimeout, "the longest that one request may take")
	cmd.Flags().IntVar(&c.retries, "retries", venice.DefaultMaxRetries, "how often to try again when Venice fails or limits the rate")
	return c
}

// client connects with the key and the address of the environment.
func (a app) client(c *connection) (*venice.Client, error) {
	return a.connect(a.env(envKey), a.env(envBaseURL), c)
}

// connect makes a client; an empty address is Venice's. It keeps a connection
// for each walker of a sync, where the default would open most of them anew for
// every page.
func (a app) connect(key, baseURL string, c *connection) (*venice.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = ledger.MaxParallel
	client := &http.Client{Transport: transport}
	if c.measure != nil {
		client.Transport = c.measure(transport)
	}
	options := []venice.Option{
		venice.WithHTTPClient(client),
		venice.WithAPIKey(key),
		venice.WithTimeout(c.timeout),
		venice.WithMaxRetries(c.retries),
		venice.WithUserAgent("ducat/" + buildVersion().Version),
		venice.WithLogger(slog.New(retryNotice{a.err})),
	}
	if baseURL != "" {
		options = append(options, venice.WithBaseURL(baseURL))
	}
	return venice.NewClient(options...)
}
