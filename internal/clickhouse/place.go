package clickhouse

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// defaultDatabase is taken where an address names none.
const defaultDatabase = "ducat"

var schemes = []string{"clickhouse", "http", "https"}

// IsAddress says whether a ledger's place is an address of this package, rather
// than a path.
func IsAddress(place string) bool {
	scheme, _, found := strings.Cut(place, "://")
	return found && slices.Contains(schemes, strings.ToLower(scheme))
}

// A place is what an address says.
type place struct {
	driver   clickhouse.Options
	database string
	cluster  string // "" for one server
}

// named is what a cluster may be called: it stands in statements that take no
// parameters.
var named = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// parse reads an address. Its errors do not repeat it, since there can be a
// password in it.
func parse(address, password string) (place, error) {
	u, err := url.Parse(address)
	if err != nil || !IsAddress(address) || u.Host == "" {
		return place{}, errors.New("the ledger's address cannot be read: expected clickhouse://user@host:9000/database")
	}
	query := u.Query()
	if strings.Contains(u.Path+u.Fragment+strings.Join(slices.Collect(maps.Keys(query)), ""), "@") {
		return place{}, errors.New("the ledger's address has an @ where none belongs: in a user or a password, write / ? and # as %2F %3F and %23")
	}
	p := place{cluster: query.Get("cluster")}
	if query.Has("cluster") && !named.MatchString(p.cluster) {
		return place{}, fmt.Errorf("the ledger's address names the cluster %q: expected letters, digits, dots, _ and -", p.cluster)
	}
	query.Del("cluster")
	if u.Scheme == "https" {
		query.Set("secure", "true")
	}
	u.RawQuery = query.Encode()
	options, err := clickhouse.ParseDSN(u.String())
	if err != nil {
		return place{}, fmt.Errorf("the ledger's address: what follows the ? cannot be read; see the driver's documentation: %s", reason(err))
	}
	if options.Auth.Password == "" {
		options.Auth.Password = password
	}
	if options.Auth.Database == "" {
		options.Auth.Database = defaultDatabase
	}
	p.driver, p.database = *options, options.Auth.Database
	return p, nil
}

// reason is what a driver's error says of a parameter, without the address or that
// of a proxy.
func reason(err error) string {
	if _, ok := errors.AsType[*url.Error](err); ok {
		return "expected a URL"
	}
	return strings.TrimPrefix(err.Error(), "clickhouse [dsn parse]: ")
}

// String is the address without password and parameters.
func (p place) String() string {
	u := url.URL{Scheme: "clickhouse", Host: strings.Join(p.driver.Addr, ","), Path: "/" + p.database}
	if p.driver.Protocol == clickhouse.HTTP {
		u.Scheme = "http"
		if p.driver.TLS != nil {
			u.Scheme = "https"
		}
	}
	if p.driver.Auth.Username != "" {
		u.User = url.User(p.driver.Auth.Username)
	}
	if p.cluster != "" {
		u.RawQuery = url.Values{"cluster": {p.cluster}}.Encode()
	}
	return u.String()
}

// The settings of every query.
var (
	// byDefault are those that an address may set otherwise.
	byDefault = clickhouse.Settings{
		// A question may name many thousand accounts.
		"max_query_size": 64 << 20,
		// Sorting and grouping go to disk before they fill the server's memory.
		"max_bytes_before_external_sort": 1 << 30, "max_bytes_before_external_group_by": 1 << 30,
	}
	always = clickhouse.Settings{
		// A number of a change is taken once (commit).
		"async_insert": 0, "insert_deduplicate": 1,
		// One block stays one block, also a large one.
		"min_insert_block_size_rows": 0, "min_insert_block_size_bytes": 0,
	}
	// inCluster: a write is done when most replicas of its shard have it, and what
	// is read is not older than that; and an account is asked of its shard alone.
	inCluster = clickhouse.Settings{
		"distributed_foreground_insert": 1, "insert_quorum": "auto", "insert_quorum_parallel": 0,
		"insert_quorum_timeout":         60_000, // an answer comes before timeToCommit
		"select_sequential_consistency": 1, "optimize_skip_unused_shards": 1,
	}
)

// options are the driver's.
func (p place) options() *clickhouse.Options {
	o := p.driver
	o.Settings = maps.Clone(byDefault)
	maps.Copy(o.Settings, p.driver.Settings)
	maps.Copy(o.Settings, always)
	if p.cluster != "" {
		maps.Copy(o.Settings, inCluster)
	}
	if o.Compression == nil && o.Protocol == clickhouse.Native {
		o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	}
	if o.ReadTimeout == 0 {
		o.ReadTimeout = time.Hour // a context ends a query sooner
	}
	if o.MaxOpenConns == 0 { // a reader of entries has one for as long as it reads
		o.MaxOpenConns, o.MaxIdleConns = 64, 4
	}
	o.ClientInfo.Products = append(slices.Clone(o.ClientInfo.Products), struct{ Name, Version string }{"ducat", ""})
	return &o
}
