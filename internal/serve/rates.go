package serve

import (
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/ducat-ledger/ducat/internal/serve/access"
)

// DefaultRate is for [Options].Rate: no page and no walk through a history comes
// near it.
const DefaultRate = 200

// The rate of attempts to sign in, from one address.
const (
	signInRate  = 1.0 / 6 // a second
	signInBurst = 10
)

// maxRates is how many viewers and addresses are told apart.
const maxRates = 4096

// rates give each viewer, or each address where the viewer is not known, a
// bucket of requests that fills up over time.
type rates struct {
	every rate.Limit
	burst int
	now   func() time.Time

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	swept   time.Time
	others  *rate.Limiter // for all that come when there are too many
}

func newRates(perSecond float64, burst int, now func() time.Time) *rates {
	every := rate.Limit(perSecond)
	return &rates{every: every, burst: burst, now: now, buckets: map[string]*rate.Limiter{}, others: rate.NewLimiter(every, burst)}
}

// limit refuses requests that come faster than they may.
func (l *rates) limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := l.now()
		reservation := l.bucket(who(r), now).ReserveN(now, 1)
		if wait := reservation.DelayFrom(now); wait > 0 {
			reservation.CancelAt(now)
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			access.Refuse(w, http.StatusTooManyRequests, "too many requests: see Retry-After")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// bucket finds or makes a bucket. One that is full again may be forgotten.
func (l *rates) bucket(name string, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.buckets[name]; ok {
		return b
	}
	if len(l.buckets) >= maxRates && now.Sub(l.swept) >= time.Second {
		l.swept = now
		for other, b := range l.buckets {
			if b.TokensAt(now) >= float64(l.burst) {
				delete(l.buckets, other)
			}
		}
	}
	if len(l.buckets) >= maxRates {
		return l.others
	}
	b := rate.NewLimiter(l.every, l.burst)
	l.buckets[name] = b
	return b
}

// who asks: a viewer by name, anybody else by address. An IPv6 address stands
// for its network of 64 bits, which belongs to one customer as a whole.
func who(r *http.Request) string {
	if v, ok := access.Of(r.Context()); ok && v.Name != "" {
		return "viewer " + v.Name
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "address " + r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return "address " + host
	}
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		prefix, _ := addr.Prefix(64) // 64 is a length that there is
		return "address " + prefix.String()
	}
	return "address " + addr.String()
}
