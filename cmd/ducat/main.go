// Ducat asks Venice AI what an account has used and what is left of it.
package main

import (
	"os"

	"github.com/ducat-ledger/ducat/internal/cli"
)

func main() { os.Exit(cli.Main()) }
