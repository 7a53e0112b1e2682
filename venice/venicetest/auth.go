package venicetest

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// KeyKind says what sort of key came with a request.
type KeyKind string

// The kinds of key.
const (
	KeyNone      KeyKind = "none" // no Authorization header
	KeyAdmin     KeyKind = "admin"
	KeyInference KeyKind = "inference"
	KeyRevoked   KeyKind = "revoked"
	KeyUnknown   KeyKind = "unknown"
)

func (s *Server) keyKind(r *http.Request) KeyKind {
	authorization := r.Header.Get("Authorization")
	if authorization == "" {
		return KeyNone
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return KeyUnknown
	}
	switch strings.TrimSpace(token) {
	case s.AdminKey:
		return KeyAdmin
	case s.InferenceKey:
		return KeyInference
	case s.RevokedKey:
		return KeyRevoked
	}
	return KeyUnknown
}

// refusal answers a request that may not read billing.
func refusal(r *http.Request, key KeyKind) answer {
	switch key {
	case KeyNone:
		return paymentRequired(r)
	case KeyInference:
		return failure(http.StatusUnauthorized, "Admin API key required")
	default:
		return failure(http.StatusUnauthorized, "Authentication failed")
	}
}

// paymentRequired is what Venice says where no credentials came at all: an offer
// to pay by wallet, or to send a key. The shape is Venice's, the texts are ours.
func paymentRequired(r *http.Request) answer {
	type resource struct {
		URL         string `json:"url"`
		Description string `json:"description"`
		MimeType    string `json:"mimeType"`
	}
	offer := struct {
		Version    int            `json:"x402Version"`
		Error      string         `json:"error"`
		Resource   resource       `json:"resource"`
		Accepts    []any          `json:"accepts"`
		Extensions map[string]any `json:"extensions"`
		Options    map[string]any `json:"authOptions"`
	}{
		Version:    2,
		Error:      "Authentication required",
		Resource:   resource{"https://api.venice.ai" + r.URL.Path, "Venice billing", "application/json"},
		Accepts:    []any{},
		Extensions: map[string]any{},
		Options: map[string]any{
			"apiKey": map[string]string{
				"header": "Authorization: Bearer <key>",
				"getKey": "https://venice.ai/settings/api",
				"docs":   "https://docs.venice.ai",
			},
			"x402Wallet": map[string]string{"docs": "https://docs.venice.ai"},
		},
	}
	a := encoded(http.StatusPaymentRequired, offer)
	header, err := marshal(offer)
	if err != nil {
		return a
	}
	return a.with("PAYMENT-REQUIRED", base64.StdEncoding.EncodeToString(header))
}
