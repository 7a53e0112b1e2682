package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// A ReceiverKind says in which form a receiver gets alerts.
type ReceiverKind string

// The kinds.
const (
	Webhook ReceiverKind = "webhook" // JSON by POST
	Slack   ReceiverKind = "slack"   // Slack's form of a webhook
	Command ReceiverKind = "command" // a program of the user
)

// A Receiver is whom alerts are sent to. It can be printed: neither its address
// nor its secret is shown.
type Receiver struct {
	Name    string
	Kind    ReceiverKind
	Command []string // the program and its arguments; of a command only

	url             *string // a pointer, which prints as such
	urlEnv, urlFile string
	secretEnv       string
}

// Variables are those of the environment that hold secrets of the receiver.
func (r Receiver) Variables() []string {
	return slices.DeleteFunc([]string{r.urlEnv, r.secretEnv}, func(name string) bool { return name == "" })
}

// URL reads the address of a webhook. No error shows it.
func (r Receiver) URL(env Env) (string, error) {
	var text, source string
	switch {
	case r.url != nil:
		text, source = *r.url, "url"
	case r.urlFile != "":
		var err error
		if text, err = readSecret(r.urlFile, "an address"); err != nil {
			return "", err
		}
		source = r.urlFile
	default:
		text, source = strings.TrimSpace(env(r.urlEnv)), "$"+r.urlEnv
		if text == "" {
			return "", fmt.Errorf("no address: set %s to it", r.urlEnv)
		}
	}
	if !safeURL(text) {
		return "", fmt.Errorf("%s is %s", source, unsafeURL)
	}
	return text, nil
}

// Secret reads what signs the alerts of a webhook; "" where none is configured.
func (r Receiver) Secret(env Env) (string, error) {
	if r.secretEnv == "" {
		return "", nil
	}
	secret := strings.TrimSpace(env(r.secretEnv))
	if secret == "" {
		return "", fmt.Errorf("no secret to sign with: set %s to it", r.secretEnv)
	}
	return secret, nil
}

const unsafeURL = "not an address that alerts can go to: it must begin with https://, or with http:// for this machine"

// safeURL says whether an address is encrypted, or stays on this machine.
func safeURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && local
}

// receiver reads one receiver. No error shows a value of it.
func (r *reader) receiver(tree map[string]any, at []string) Receiver {
	found := Receiver{Name: at[1], Kind: ReceiverKind(r.string(tree, at, "type"))}
	switch found.Kind {
	case Command:
		r.known(tree, at, "type", "command")
		found.Command = r.list(tree, at, "command")
		if len(found.Command) == 0 && tree["command"] == nil {
			r.fault(at, `give command = ["program", "argument"]`)
		}
		return found
	case Webhook:
		r.known(tree, at, "type", "url", "url_env", "url_file", "secret_env")
		found.secretEnv = r.variable(tree, at, "secret_env", "secret")
	case Slack:
		r.known(tree, at, "type", "url", "url_env", "url_file")
	default:
		r.known(tree, at, "type", "url", "url_env", "url_file", "secret_env", "command")
		if tree["type"] == nil {
			r.fault(at, "give a type: webhook, slack or command")
		} else {
			r.fault(append(at, "type"), "must be webhook, slack or command")
		}
		return found
	}
	given := 0
	for _, name := range []string{"url", "url_env", "url_file"} {
		if tree[name] != nil {
			given++
		}
	}
	if given != 1 {
		r.fault(at, "give one of url_env, a variable that holds the address, url_file, a file that does, and url")
	}
	found.urlEnv, found.urlFile = r.variable(tree, at, "url_env", "address"), r.secretFile(tree, at, "url_file", "address")
	if address := r.string(tree, at, "url"); address != "" {
		found.url = &address
		if !safeURL(address) {
			r.fault(append(at, "url"), "is "+unsafeURL)
		}
	}
	return found
}
