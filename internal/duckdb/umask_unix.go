//go:build unix

package duckdb

import (
	"sync"
	"syscall"
)

// privacy counts who needs files to be made for their owner only. The mask
// belongs to the process, so this does too: the first sets it, the last puts it
// back.
var privacy struct {
	sync.Mutex
	users  int
	before int
}

// private lets DuckDB, which has no option for it, make files with mode 0600,
// until the returned function is called.
func private() (end func()) {
	privacy.Lock()
	defer privacy.Unlock()
	if privacy.users == 0 {
		privacy.before = syscall.Umask(0o077)
	}
	privacy.users++
	return func() {
		privacy.Lock()
		defer privacy.Unlock()
		privacy.users--
		if privacy.users == 0 {
			syscall.Umask(privacy.before)
		}
	}
}
