//go:build !linux && !darwin

package cli

import "errors"

// freeSpace is how many bytes this user may still write to a folder's disk.
func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }
