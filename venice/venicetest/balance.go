package venicetest

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/shopspring/decimal"
)

// debitOrder is the order in which currencies pay for usage.
var debitOrder = [...]string{"DIEM", "EARNED_CREDITS", "BUNDLED_CREDITS", "USD"}

// A currency other than DIEM opens with what its rows at the start of the server
// take out of it, rounded up to a whole unit, and openingReserve beside.
var (
	openingReserve    = decimal.NewFromInt(100)
	defaultAllocation = decimal.NewFromInt(100) // DIEM a day, where no rows were generated
	leastToConsume    = decimal.RequireFromString("0.1")
)

// balances follows the ledger. DIEM is the day's allocation minus the debits of
// the UTC day; another currency is its opening balance plus all of its rows.
type balances struct {
	mu         sync.Mutex
	allocation decimal.Decimal
	opening    map[string]decimal.Decimal
	known      balance
}

// balance is what the account holds, as of a version of the ledger and a day.
type balance struct {
	version uint64
	day     int64
	of      map[string]decimal.Decimal
}

func (b *balances) open(l *ledger, allocation decimal.Decimal) {
	b.allocation, b.opening = allocation, make(map[string]decimal.Decimal)
	for _, currency := range debitOrder[1:] {
		taken := decimal.Max(decimal.Zero, l.sums[currency].Neg())
		b.opening[currency] = taken.Ceil().Add(openingReserve)
	}
}

func (b *balances) at(l *ledger, now time.Time) balance {
	day := now.UnixMilli() / millisPerDay
	b.mu.Lock()
	defer b.mu.Unlock()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if b.known.of != nil && b.known.version == l.version && b.known.day == day {
		return b.known
	}
	diem := b.allocation
	for _, r := range l.series("DIEM").window(day*millisPerDay, (day+1)*millisPerDay) {
		if amount := parseAmount(r.amount); amount.IsNegative() {
			diem = diem.Add(amount)
		}
	}
	of := map[string]decimal.Decimal{"DIEM": diem}
	for currency, opening := range b.opening {
		of[currency] = opening.Add(l.sums[currency])
	}
	b.known = balance{l.version, day, of}
	return b.known
}

// balance answers GET /billing/balance.
func (s *Server) balance(c *call) answer {
	p := params{query: c.query}
	if p.only(); len(p.issues) > 0 {
		return invalid(p.issues)
	}
	b := s.balances.at(c.ledger, c.now)
	var consuming *string
	total := decimal.Zero
	positive := make(map[string]*json.Number)
	for _, currency := range debitOrder {
		amount := b.of[currency]
		if !amount.IsPositive() {
			continue
		}
		total = total.Add(amount) // a dollar equivalent: DIEM counts one to one
		positive[currency] = new(json.Number(number(amount)))
		if consuming == nil {
			consuming = new(currency)
		}
	}
	type pots struct {
		DIEM    json.Number  `json:"diem"`
		USD     *json.Number `json:"usd"`
		Bundled *json.Number `json:"bundledCredits"`
		Earned  *json.Number `json:"earnedCredits"`
	}
	return encoded(http.StatusOK, struct {
		CanConsume bool        `json:"canConsume"`
		Consuming  *string     `json:"consumptionCurrency"`
		Balances   pots        `json:"balances"`
		Allocation json.Number `json:"diemEpochAllocation"`
	}{
		CanConsume: total.GreaterThanOrEqual(leastToConsume),
		Consuming:  consuming,
		Balances: pots{
			DIEM:    json.Number(number(b.of["DIEM"])),
			USD:     positive["USD"],
			Bundled: positive["BUNDLED_CREDITS"],
			Earned:  positive["EARNED_CREDITS"],
		},
		Allocation: json.Number(number(s.balances.allocation)),
	})
}
