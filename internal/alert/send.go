package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ducat-ledger/ducat/internal/config"
)

// The headers of a webhook.
const (
	signatureHeader   = "Ducat-Signature"
	idempotencyHeader = "Idempotency-Key"
)

// A sender knows how to tell each kind of receiver.
type sender struct {
	client  *http.Client
	env     config.Env
	now     time.Time
	secrets []string // variables that commands do not get
}

func newSender(c *config.Config, env config.Env, now time.Time) *sender {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // alerts are rare
	transport.MaxResponseHeaderBytes = 64 << 10
	s := &sender{env: env, now: now, client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	s.secrets = append(s.secrets, config.EnvKey)
	for _, a := range c.Accounts {
		s.secrets = append(s.secrets, strings.TrimPrefix(a.KeySource(), "$"))
	}
	for _, r := range c.Receivers {
		s.secrets = append(s.secrets, r.Variables()...)
	}
	return s
}

// send tells a receiver. Its errors hold neither address nor secret.
func (s *sender) send(ctx context.Context, r config.Receiver, a *Alert) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	switch r.Kind {
	case config.Command:
		return s.run(ctx, r.Command, a, body)
	case config.Slack:
		// Slack reads these three as its own.
		text := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(a.Text)
		if body, err = json.Marshal(map[string]string{"text": text}); err != nil {
			return err
		}
	}
	return s.post(ctx, r, a.ID, body)
}

// post takes a status of 2xx for "told". The body of the answer is not read.
func (s *sender) post(ctx context.Context, r config.Receiver, id string, body []byte) error {
	address, err := r.URL(s.env)
	if err != nil {
		return err
	}
	secret, err := r.Secret(s.env)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address is malformed")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "ducat")
	request.Header.Set(idempotencyHeader, id)
	if secret != "" {
		request.Header.Set(signatureHeader, sign(secret, s.now, body))
	}
	response, err := s.client.Do(request)
	if err != nil {
		return withoutAddress(ctx, err)
	}
	defer response.Body.Close()
	switch status := response.StatusCode; {
	case status >= 300 && status < 400:
		return fmt.Errorf("answered %d, a redirect, which is not followed: configure the address that it leads to", status)
	case status < 200 || status > 299:
		return fmt.Errorf("answered %d %s, expected 2xx", status, http.StatusText(status))
	}
	return nil
}

// withoutAddress takes the address off an error, since it may be a secret.
func withoutAddress(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s", attempt)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// sign is the value of the signature's header: when it was made, in Unix seconds,
// and the HMAC-SHA256 of that, a point and the body.
func sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
