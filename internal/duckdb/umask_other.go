//go:build !unix

package duckdb

// private does nothing: files belong to whom their folder says.
func private() (end func()) { return func() {} }
