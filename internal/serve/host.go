package serve

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ducat-ledger/ducat/internal/serve/access"
)

// knownHost refuses requests for other hosts. A page from elsewhere can point its
// own name to this machine, to ask in the name of whoever looks at it; but it
// cannot change the name that its browser then asks for.
func knownHost(names []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if !isHost(r.Host, names, local) {
			access.Refuse(w, http.StatusMisdirectedRequest, "this server is not known by that name of a host: see --host")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isHost says whether a Host header names this server: by one of its names with
// whatever port, since something in front of it may have another; or by the
// address and port where the connection arrived, on loopback also as localhost.
func isHost(header string, names []string, local net.Addr) bool {
	host, port, err := net.SplitHostPort(header)
	if err != nil {
		host, port = header, ""
	}
	host = unifiedHost(host)
	if slices.Contains(names, host) {
		return true
	}
	tcp, ok := local.(*net.TCPAddr)
	if !ok {
		return false
	}
	if port != strconv.Itoa(tcp.Port) && !(port == "" && (tcp.Port == 80 || tcp.Port == 443)) {
		return false
	}
	if ip := net.ParseIP(host); ip != nil && ip.Equal(tcp.IP) {
		return true
	}
	return tcp.IP.IsLoopback() && (host == "localhost" || host == "127.0.0.1" || host == "::1")
}

// unifiedHost is the one spelling of a host, without brackets.
func unifiedHost(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	return host
}
