package venicetest

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// Config says what a Server holds and how it behaves. The zero value is an
// account without usage on a free loopback port.
type Config struct {
	// Addr is the host:port to listen on. The host must be a loopback address or
	// localhost. Default 127.0.0.1:0. New ignores it.
	Addr string
	// Seed decides the generated rows, the keys, and the secret of the cursors.
	Seed uint64
	// Entries is the exact number of rows to generate; 0 is none.
	Entries int
	// Days is how far the generated rows reach back from now. Default 30.
	Days int
	// Ledger is given rows in the place of generated ones.
	Ledger []Entry
	// Keys are the API keys of the account. Default: the keys of the generator.
	// An entry's KeyID that is not among them is a key without a description. The
	// server's own keys are among them: see Server.AdminKey.
	Keys []Key
	// Now is the server's clock, on which Advance adds. Default time.Now.
	Now func() time.Time
	// Latency is waited before each answer, or until the client leaves.
	Latency time.Duration
	// Legacy lets the page-numbered route answer as it did before it was retired.
	Legacy bool
	// LegacyLimit holds that route to one request a minute, as in its last weeks.
	LegacyLimit bool
	// NoLimits switches off the error budget and the limiter of the retired route.
	NoLimits bool
	// CSV is the dialect of CSV answers.
	CSV CSVDialect
	// StrictDates answers 400 to a lone startDate or endDate on the analytics
	// route. The default is to ignore it; the documentation has said both.
	StrictDates bool
	// Faults is what goes wrong from the start; see SetFaults.
	Faults []Fault
}

// Key is an API key of the simulated account. ID and Description are all that the
// analytics route knows of it; the zero value of the rest is an INFERENCE key
// without limits that does not expire.
type Key struct {
	ID          string // a UUID
	Description string // "" is a key without one
	Type        string // "INFERENCE" or "ADMIN"; "" is "INFERENCE"
	// LimitUSD and LimitDIEM are the most that the key may spend in a LimitPeriod:
	// JSON numbers, "" for no limit. The server tells them; it does not keep rows
	// of usage beyond them out of the ledger.
	LimitUSD, LimitDIEM string
	LimitPeriod         string // "EPOCH", "MONTH" or "LIFETIME"; "" is "EPOCH"
	ModelPrivacy        string // "" is "ALL"
	// CreatedAt and ExpiresAt are null on the wire where they are zero. A key that
	// has expired is not listed.
	CreatedAt, ExpiresAt time.Time
}

// maxEntries keeps a slip of the hand from filling the memory: at about 200 bytes
// a row this is some 20 GB.
const maxEntries = 100_000_000

const defaultDays = 30

func (c *Config) check() error {
	if c.Entries < 0 || c.Entries > maxEntries {
		return fmt.Errorf("config: entries is %d, want 0 to %d", c.Entries, maxEntries)
	}
	if c.Days < 0 || c.Days > 10_000 {
		return fmt.Errorf("config: days is %d, want 1 to 10000, or 0 for %d", c.Days, defaultDays)
	}
	if c.Entries > 0 && len(c.Ledger) > 0 {
		return errors.New("config: set entries or ledger, not both")
	}
	if c.CSV != CSVPlain && c.CSV != CSVQuoted {
		return fmt.Errorf("config: unknown CSV dialect %d", c.CSV)
	}
	for i, e := range c.Ledger {
		if err := e.check(); err != nil {
			return fmt.Errorf("config: ledger row %d: %w", i, err)
		}
	}
	for _, k := range c.Keys {
		if err := k.check(); err != nil {
			return fmt.Errorf("config: key %q: %w", k.ID, err)
		}
	}
	for _, f := range c.Faults {
		if err := f.check(); err != nil {
			return fmt.Errorf("config: fault %q: %w", f, err)
		}
	}
	if c.Days == 0 {
		c.Days = defaultDays
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	return nil
}

// loopback refuses to listen where other machines could connect.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("listen on %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("listen on %q: the simulator listens on loopback only; use 127.0.0.1 and a port", addr)
}
