package serve_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ducat-ledger/ducat/internal/serve"
)

// certify puts a certificate with a serial number into the place of the one
// that was there, and returns those who trust it.
func certify(t *testing.T, certFile, keyFile string, serial int64) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name+".new", pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{keyFile, certFile} {
		if err := os.Rename(name+".new", name); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool
}

func TestTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	trusted := certify(t, certFile, keyFile, 1)
	file, secrets := newTokens(t)
	s := start(t, elsewhere{loopback(t)}, serve.Options{Tokens: file, CertFile: certFile, KeyFile: keyFile})
	if s.URL() != "https://"+strings.Replace(s.address, "0.0.0.0", "localhost", 1)+"/" {
		t.Errorf("the server is at %s", s.URL())
	}
	s.address = localAddress(s.address)

	// ask is a sign-in over a connection of its own, which must be HTTP/2.
	ask := func(trusted *x509.CertPool) (*http.Response, error) {
		client := &http.Client{
			Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, ForceAttemptHTTP2: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		defer client.CloseIdleConnections()
		request, err := http.NewRequestWithContext(context.Background(), "POST", "https://"+s.address+"/sign-in",
			strings.NewReader(url.Values{"token": {secrets["all"]}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r, err := client.Do(request)
		if err == nil {
			err = r.Body.Close()
		}
		return r, err
	}
	r, err := ask(trusted)
	if err != nil {
		t.Fatal(err)
	}
	if r.ProtoMajor != 2 || r.StatusCode != 303 || r.Header.Get("Strict-Transport-Security") != "max-age=31536000" {
		t.Errorf("%s %d %v", r.Proto, r.StatusCode, r.Header)
	}
	if c := r.Cookies(); len(c) != 1 || !c[0].Secure || c[0].Name != "__Host-ducat-session" {
		t.Errorf("cookies are %v", c)
	}

	// A half-done renewal leaves the old certificate in use, a whole one is seen.
	if err := os.WriteFile(certFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(trusted); err != nil {
		t.Errorf("in the middle of a renewal: %v", err)
	}
	renewed := certify(t, certFile, keyFile, 2)
	if r, err := ask(renewed); err != nil || r.TLS.PeerCertificates[0].SerialNumber.Int64() != 2 {
		t.Errorf("after a renewal: %v", err)
	}
	if _, err := ask(trusted); err == nil {
		t.Error("the old certificate is still in use")
	}
}
