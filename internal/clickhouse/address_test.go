package clickhouse_test

import (
	"net"
	"strings"
	"testing"

	"github.com/ducat-ledger/ducat/internal/clickhouse"
	"github.com/ducat-ledger/ducat/internal/clickhouse/chdbtest"
)

// TestPasswordsStaySecret asks of ledgers that cannot be had. The password is
// never told, nor a part of it.
func TestPasswordsStaySecret(t *testing.T) {
	t.Parallel()
	nobody, err := net.Listen("tcp", "127.0.0.1:0") // a port where nobody answers
	if err != nil {
		t.Fatal(err)
	}
	host := nobody.Addr().String()
	nobody.Close()
	_, server, _ := strings.Cut(chdbtest.Server(t), "@")
	for _, address := range []string{
		"clickhouse://me:99zzyy@" + host + "/books",
		"clickhouse://me:99zzyy@" + server + "/nowhere",
		"clickhouse://me:99zzyy@" + server + "/nowhere?no_such_setting=1",
		"clickhouse://" + host + "/books?username=me&password=99zzyy",
		"http://me:99zzyy@" + host + "/books",
		"http://me:99zzyy@" + server + "/books",
		"https://me:99zzyy@" + server + "/books",
		"http://me:p@" + host + "/books?http_proxy=http://me:99zzyy@" + host,
		"http://me:p@" + host + "/books?http_proxy=http://me:99%252Fzzyy@[",
		"http://me:p@" + host + "/books?http_proxy=http://me:99/zzyy@" + host,
		"http://me:p@" + host + "/books?http_proxy=http://me:zzyy/99@" + host,
		"clickhouse://me:99%zzyy@" + host + "/books",
		"clickhouse://me:99/zzyy@" + host + "/books",
		"clickhouse://me:99?zzyy@" + host + "/books",
		"clickhouse://me:99#zzyy@" + host + "/books",
		"clickhouse://me:zzyy/99@" + host + "/books",
		"clickhouse://me:99@zzyy@" + host + "/books",
		"clickhouse://me:99zzyy@" + host + "/books?dial_timeout=soon",
		"clickhouse://me:99zzyy@" + host + "/books?cluster=a%20b",
		"clickhouse://me:99zzyy@/books",
		"clickhouse://me:99zzyy@" + host + "/bo%oks",
		"clickhouse://me:99 zzyy@" + host + "/books",
	} {
		told := ""
		s, err := clickhouse.Open(address, "")
		if err == nil {
			told = s.Address()
			if _, err = s.Coverage(t.Context()); err == nil {
				t.Errorf("%s: there are books", address)
			} else if !strings.Contains(err.Error(), told) {
				t.Errorf("%s: the error does not name the ledger: %v", address, err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if told += err.Error(); strings.Contains(told, "zzyy") || strings.Contains(told, ":99") {
			t.Errorf("%s: the password is told: %s", address, told)
		}
	}
}
