package venicetest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FaultKind names one way in which the server misbehaves.
type FaultKind string

// The kinds of fault, in the order of FaultKinds.
const (
	FaultHang          FaultKind = "hang"             // accepts, and sends nothing until the client leaves
	FaultHangSmall     FaultKind = "hang-small-range" // hang, when the asked range is under 15 minutes or matches nothing
	FaultSlowBody      FaultKind = "slow-body"        // one byte of the body per Fault.Wait (1 s)
	FaultCutBody       FaultKind = "cut-body"         // declares the whole length, closes halfway
	FaultReset         FaultKind = "reset"            // the connection is reset without an answer
	Fault429           FaultKind = "429"              // without Retry-After
	Fault429RetryAfter FaultKind = "429-retry-after"  // Retry-After is Fault.Wait in whole seconds (1)
	FaultLockOut       FaultKind = "lock-out"         // the 429 of a spent error budget
	Fault500           FaultKind = "500"
	Fault502           FaultKind = "502"
	Fault503           FaultKind = "503"
	Fault504           FaultKind = "504"
	FaultHTML          FaultKind = "html"               // 503 with a page of HTML, as a proxy sends it
	FaultRedirect      FaultKind = "redirect"           // 302 to http://attacker.invalid/
	FaultTruncatedJSON FaultKind = "truncated-json"     // 200, the text ends halfway and Content-Length agrees
	FaultNumbersQuoted FaultKind = "numbers-as-strings" // every number of the JSON answer is a string
	FaultExtraKeys     FaultKind = "extra-keys"         // objects carry a key that nobody documented

	// The rest strikes usage-history only. Those about a cursor strike only
	// requests that carry one.
	FaultTimestampObject FaultKind = "timestamp-object" // the page's first row has "timestamp": {}
	FaultEmptyPage       FaultKind = "empty-page"       // no rows but a cursor that goes on; never twice in a row in one walk
	FaultRepeatedCursor  FaultKind = "repeated-cursor"  // nextCursor is the cursor that was sent
	FaultExpiredCursor   FaultKind = "expired-cursor"   // 400, as for a cursor that has expired
	FaultPoisonedCursor  FaultKind = "poisoned-cursor"  // 500 for ever for this one cursor; a walk begun anew passes
	FaultUnknownCurrency FaultKind = "unknown-currency" // a row of a new currency joins the page and the ledger
	FaultLatePost        FaultKind = "late-post"        // a row joins the ledger behind the walk
	FaultCorrect         FaultKind = "correct"          // the amount of the last row handed out doubles in the ledger
)

// FaultKinds returns all kinds, in the order in which they are documented.
func FaultKinds() []FaultKind {
	return []FaultKind{
		FaultHang, FaultHangSmall, FaultSlowBody, FaultCutBody, FaultReset,
		Fault429, Fault429RetryAfter, FaultLockOut, Fault500, Fault502, Fault503, Fault504,
		FaultHTML, FaultRedirect, FaultTruncatedJSON, FaultNumbersQuoted, FaultExtraKeys,
		FaultTimestampObject, FaultEmptyPage, FaultRepeatedCursor, FaultExpiredCursor,
		FaultPoisonedCursor, FaultUnknownCurrency, FaultLatePost, FaultCorrect,
	}
}

// Fault is one misbehaviour and the requests that it strikes.
type Fault struct {
	Kind FaultKind
	// Route is usage, usage-history, usage-analytics, balance, api_keys (the list,
	// and one key), api_keys/rate_limits or api_keys/rate_limits/log; "" is any of
	// them.
	Route string
	// After is how many matching requests pass first.
	After int
	// Times is how many are struck then; 0 is for ever, except for the kinds that
	// leave something behind (poisoned-cursor, unknown-currency, late-post,
	// correct), where it is once.
	Times int
	// Wait is the pause between bytes of slow-body and the Retry-After of
	// 429-retry-after; 0 is one second.
	Wait time.Duration
}

// String gives the text that ParseFaults reads.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(string(f.Kind))
	if f.Wait != 0 {
		b.WriteString("=" + f.Wait.String())
	}
	if f.After != 0 {
		b.WriteString("@" + strconv.Itoa(f.After))
	}
	if f.Times != 0 {
		b.WriteString("x" + strconv.Itoa(f.Times))
	}
	if f.Route != "" {
		b.WriteString("/" + f.Route)
	}
	return b.String()
}

var faultForm = regexp.MustCompile(`^([a-z0-9-]+?)(?:=([0-9.hmsunµ]+))?(?:@([0-9]+))?(?:x([0-9]+))?(?:/([a-z_/-]+))?$`)

// ParseFaults reads faults in their text form, separated by commas:
//
//	kind[=wait][@after][xtimes][/route]
//
// "500@3x2,hang/usage-history" answers 500 to the fourth and the fifth request,
// and never answers a request for the usage history. Fault.String writes the same
// form. The empty text is no faults.
func ParseFaults(s string) ([]Fault, error) {
	var faults []Fault
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		f, err := parseFault(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("parse fault %q: %w", part, err)
		}
		faults = append(faults, f)
	}
	return faults, nil
}

func parseFault(s string) (Fault, error) {
	m := faultForm.FindStringSubmatch(s)
	if m == nil {
		return Fault{}, errors.New("want kind[=wait][@after][xtimes][/route], such as 500@3x2/balance")
	}
	f := Fault{Kind: FaultKind(m[1]), Route: m[5]}
	var err error
	if m[2] != "" {
		if f.Wait, err = time.ParseDuration(m[2]); err != nil {
			return Fault{}, fmt.Errorf("wait: %w", err)
		}
	}
	for _, n := range []struct {
		text string
		to   *int
	}{{m[3], &f.After}, {m[4], &f.Times}} {
		if n.text == "" {
			continue
		}
		if *n.to, err = strconv.Atoi(n.text); err != nil {
			return Fault{}, err
		}
	}
	return f, f.check()
}

func (f Fault) check() error {
	if !slices.Contains(FaultKinds(), f.Kind) {
		return fmt.Errorf("unknown kind %q, want one of %v", f.Kind, FaultKinds())
	}
	if f.Route != "" && !slices.Contains(routes(), f.Route) {
		return fmt.Errorf("unknown route %q, want one of %v", f.Route, routes())
	}
	if f.Kind.ofHistory() && f.Route != "" && f.Route != routeHistory {
		return fmt.Errorf("%s strikes %s only, not %s", f.Kind, routeHistory, f.Route)
	}
	if f.After < 0 || f.Times < 0 || f.Wait < 0 {
		return errors.New("after, times and wait must not be negative")
	}
	return nil
}

// strikes says whether a call is of the sort that the fault is about.
func (f Fault) strikes(c *call) bool {
	if f.Route != "" && f.Route != c.route {
		return false
	}
	switch {
	case f.Kind == FaultHangSmall:
		return c.smallRange()
	case f.Kind.ofCursor():
		return c.route == routeHistory && c.query.Has("cursor")
	case f.Kind.ofHistory():
		return c.route == routeHistory
	}
	return true
}

// ofHistory says whether the kind strikes usage-history only.
func (k FaultKind) ofHistory() bool {
	switch k {
	case FaultTimestampObject, FaultEmptyPage, FaultUnknownCurrency:
		return true
	}
	return k.ofCursor()
}

// ofCursor says whether the kind strikes only requests that carry a cursor.
func (k FaultKind) ofCursor() bool {
	switch k {
	case FaultRepeatedCursor, FaultExpiredCursor, FaultPoisonedCursor, FaultLatePost, FaultCorrect:
		return true
	}
	return false
}

func (f Fault) times() int {
	switch f.Kind {
	case FaultPoisonedCursor, FaultUnknownCurrency, FaultLatePost, FaultCorrect:
		return max(f.Times, 1)
	}
	return f.Times
}

func (f Fault) wait() time.Duration {
	if f.Wait == 0 {
		return time.Second
	}
	return f.Wait
}

// faults is what the server was told to do wrong, and how far it has got.
type faults struct {
	mu       sync.Mutex
	set      []Fault
	matched  []int // requests that each fault was about, so far
	poisoned map[string]bool
}

func (f *faults) replace(set []Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.set = slices.Clone(set)
	f.matched = make([]int, len(set))
	f.poisoned = make(map[string]bool)
}

// hit counts a call for every fault that is about it, and returns those that
// strike it.
func (f *faults) hit(c *call) []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var hits []Fault
	token := c.query.Get("cursor")
	if c.route == routeHistory && f.poisoned[token] {
		hits = append(hits, Fault{Kind: Fault500})
	}
	for i, fault := range f.set {
		if !fault.strikes(c) {
			continue
		}
		f.matched[i]++
		n := f.matched[i] - fault.After
		if n <= 0 || fault.times() > 0 && n > fault.times() {
			continue
		}
		if fault.Kind == FaultPoisonedCursor {
			f.poisoned[token] = true
		}
		hits = append(hits, fault)
	}
	return hits
}
