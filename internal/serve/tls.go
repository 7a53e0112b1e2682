package serve

import (
	"crypto/tls"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// tlsConfig reads the certificate, and reads it again when it was renewed.
func tlsConfig(certFile, keyFile string) (*tls.Config, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile}
	if _, err := c.get(nil); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
}

// A certificate is one that is kept in two files.
type certificate struct {
	certFile, keyFile string

	mu     sync.Mutex
	seen   fs.FileInfo // of certFile, when it was read
	loaded *tls.Certificate
}

// get is the certificate now. One that cannot be read, as while the two files are
// being renewed, leaves the one before in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.certFile)
	if err == nil && c.seen != nil && os.SameFile(c.seen, info) && c.seen.ModTime().Equal(info.ModTime()) {
		return c.loaded, nil
	}
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.certFile, c.keyFile); err == nil {
			c.seen, c.loaded = info, &pair
		}
	}
	if c.loaded == nil {
		return nil, fmt.Errorf("TLS with %s and %s: %w", c.certFile, c.keyFile, err)
	}
	return c.loaded, nil
}
