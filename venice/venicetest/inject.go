package venicetest

import (
	"bytes"
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"
)

// instead returns the answer of the first fault that takes the place of the
// route's own.
func (c *call) instead() (answer, bool) {
	for _, f := range c.hits {
		switch f.Kind {
		case FaultHang, FaultHangSmall:
			return answer{how: never}, true
		case FaultReset:
			return answer{how: reset}, true
		case Fault429:
			return failure(http.StatusTooManyRequests, "Rate limit exceeded"), true
		case Fault429RetryAfter:
			a := failure(http.StatusTooManyRequests, "Rate limit exceeded")
			return a.with("Retry-After", strconv.Itoa(int(math.Ceil(f.wait().Seconds())))), true
		case FaultLockOut:
			return failure(http.StatusTooManyRequests, budgetSpent), true
		case Fault500, FaultPoisonedCursor:
			return failure(http.StatusInternalServerError, "An unknown error occurred"), true
		case Fault502:
			return failure(http.StatusBadGateway, "Bad gateway"), true
		case Fault503:
			return failure(http.StatusServiceUnavailable, "The service is unavailable"), true
		case Fault504:
			return failure(http.StatusGatewayTimeout, "The query timed out; reduce the lookback"), true
		case FaultHTML:
			a := answer{status: http.StatusServiceUnavailable, body: []byte(unavailablePage)}
			return a.with("Content-Type", "text/html; charset=UTF-8"), true
		case FaultRedirect:
			return answer{status: http.StatusFound}.with("Location", "http://attacker.invalid/"), true
		case FaultExpiredCursor:
			return failure(http.StatusBadRequest, badCursor), true
		}
	}
	return answer{}, false
}

const unavailablePage = `<!DOCTYPE html>
<html><head><title>503 Service Temporarily Unavailable</title></head>
<body><h1>Service Temporarily Unavailable</h1></body></html>
`

// spoil lets the faults at the answer that the route gave.
func (c *call) spoil(a answer) answer {
	json := a.contentType() == jsonType
	for _, f := range c.hits {
		switch f.Kind {
		case FaultSlowBody:
			a.how, a.pause = slow, f.wait()
		case FaultCutBody:
			a.how = cut
		case FaultTruncatedJSON:
			a.body = a.body[:len(a.body)/2]
		case FaultNumbersQuoted:
			if json {
				a.body = quoteNumbers(a.body)
			}
		case FaultExtraKeys:
			if json {
				a.body = addKeys(a.body, c.route == routeHistory || c.route == routeUsage)
			}
		case FaultTimestampObject:
			if json {
				a.body = emptyFirstTimestamp(a.body)
			}
		}
	}
	return a
}

// quoteNumbers makes every number of a JSON text a string.
func quoteNumbers(body []byte) []byte {
	out := make([]byte, 0, len(body)+len(body)/8)
	inString := false
	for i := 0; i < len(body); i++ {
		b := body[i]
		if inString || b != '-' && (b < '0' || b > '9') {
			out = append(out, b)
			if inString && b == '\\' {
				i++
				out = append(out, body[i])
			} else if b == '"' {
				inString = !inString
			}
			continue
		}
		end := i
		for end < len(body) && bytes.IndexByte([]byte("+-.eE0123456789"), body[end]) >= 0 {
			end++
		}
		out = append(append(append(out, '"'), body[i:end]...), '"')
		i = end - 1
	}
	return out
}

// addKeys gives the outermost object a key that nobody documented, and in a
// ledger page every row and its details too. The maps of the analytics answer are
// spared: there a key is the name of a model.
func addKeys(body []byte, everywhere bool) []byte {
	out := make([]byte, 0, len(body)*2)
	inString, done := false, false
	for i := 0; i < len(body); i++ {
		b := body[i]
		out = append(out, b)
		switch {
		case inString && b == '\\':
			i++
			out = append(out, body[i])
		case b == '"':
			inString = !inString
		case b == '{' && !inString && (everywhere || !done):
			done = true
			out = append(out, `"undocumented":{"since":"today"}`...)
			if body[i+1] != '}' {
				out = append(out, ',')
			}
		}
	}
	return out
}

func emptyFirstTimestamp(body []byte) []byte {
	const key = `"timestamp":`
	i := bytes.Index(body, []byte(key+`"`))
	if i < 0 {
		return body
	}
	i += len(key)
	end := i + 1 + bytes.IndexByte(body[i+1:], '"') + 1
	return slices.Concat(body[:i], []byte("{}"), body[end:])
}

// UnknownCurrency is the currency of the row that the fault unknown-currency adds.
const UnknownCurrency = "STARDUST_CREDITS"

// changeLedger lets the faults at the ledger that change it between two pages.
func (c *call) changeLedger(at cursor) {
	for _, f := range c.hits {
		switch f.Kind {
		case FaultUnknownCurrency:
			e := Entry{Timestamp: c.now, SKU: "stardust-fee", PricePerUnitUSD: "0.25", Units: "1", Amount: "-0.25"}
			if next, ok := c.ledger.next(at); ok {
				e.Timestamp = next.Timestamp
			}
			e.Currency = UnknownCurrency
			c.ledger.post([]Entry{e})
		case FaultLatePost:
			if e, ok := c.ledger.last(at); ok {
				e.Timestamp = e.Timestamp.Add(-1e6)
				c.ledger.post([]Entry{e})
			}
		case FaultCorrect:
			if e, ok := c.ledger.last(at); ok {
				e.Amount = number(parseAmount(e.Amount).Mul(decimal.NewFromInt(2)))
				c.ledger.correct(e.Seq, e)
			}
		}
	}
}

// next is the row that a walk will be given first.
func (l *ledger) next(at cursor) (Entry, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	rows := l.series(at.Currency).window(at.Start, at.End).after(at.position())
	if len(rows) == 0 {
		return Entry{}, false
	}
	return rows[0].entry(), true
}

// last is the row that a walk was given last.
func (l *ledger) last(at cursor) (Entry, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	rows := l.series(at.Currency).window(at.Start, at.End)
	n := len(rows) - len(rows.after(at.position()))
	if n == 0 {
		return Entry{}, false
	}
	return rows[n-1].entry(), true
}

func (c *call) struck(kind FaultKind) bool {
	return slices.ContainsFunc(c.hits, func(f Fault) bool { return f.Kind == kind })
}
