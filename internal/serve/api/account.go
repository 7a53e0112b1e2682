package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// defaultAccount is answered for among several, where it is one of them.
const defaultAccount = "default"

// account is whose books the call is about: the viewer's account, else the one
// that is asked for, else the only one, else the one called default.
func (c *call) account(ctx context.Context, p *params) (string, error) {
	asked, given := p.text(paramAccount)
	if err := p.refusal(); err != nil {
		return "", err
	}
	if mine := c.viewer.Account; mine != "" {
		if given && asked != mine {
			return "", refuse(http.StatusForbidden, "Access denied: this token is for the account "+mine+" only")
		}
		return mine, nil
	}
	names, err := c.accounts.get(ctx, c.version, c.books.Accounts)
	switch {
	case err != nil:
		return "", err
	case given && slices.Contains(names, asked):
		return asked, nil
	case len(names) == 0:
		return "", errEmpty
	case given:
		p.fail(paramAccount, notAmong(asked, names))
	case len(names) == 1:
		return names[0], nil
	case slices.Contains(names, defaultAccount):
		return defaultAccount, nil
	default:
		p.fail(paramAccount, issue{Code: "custom", Options: names,
			Message: "The books are of several accounts: name one of '" + strings.Join(names, "' | '") + "'"})
	}
	return "", p.refusal()
}
