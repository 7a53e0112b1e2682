package cli

import (
	"context"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/internal/duckdb"
)

const updateDucat = "go install github.com/ducat-ledger/ducat/cmd/ducat@latest"

func checkProgram(context.Context, *patient) []finding {
	v := buildVersion()
	return fine("ducat", "%s, built with %s", v.Version, v.Go)
}

func checkEngine(ctx context.Context, _ *patient) []finding {
	version, err := duckdb.EngineVersion(ctx)
	if err != nil {
		return broken("duckdb", updateDucat, err, "does not start: %s", sentence(err))
	}
	return fine("duckdb", "%s, for ledgers up to version %d", version, duckdb.NewestVersion)
}

func checkConfiguration(_ context.Context, p *patient) []finding {
	const name = "configuration"
	c, err := config.Load(p.app.env)
	if err != nil {
		return broken(name, "mend the file, or set DUCAT_CONFIG to another", err, "%s", sentence(err))
	}
	p.config = c
	findings := fine(name, "%s with %s", c.File, plural(len(c.Accounts), "account", "accounts"))
	if c.Implicit {
		findings = fine(name, "no accounts are configured; there is the account %s", config.Default)
	}
	for _, warning := range c.Warnings {
		findings = append(findings, doubtful(name, "chmod 600 on the key file", "%s", warning)...)
	}
	return findings
}
