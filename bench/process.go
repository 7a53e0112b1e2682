//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// build makes a command of this module and gives the path of its binary.
func (b bench) build(ctx context.Context, pkg string) (string, error) {
	binary := filepath.Join(b.folder, filepath.Base(pkg))
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, pkg).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s (run bench in the root of the repository): %w\n%s", pkg, err, out)
	}
	return binary, nil
}

// usage is what a process took. Its memory is never too low, but can be too high:
// on Linux a process inherits the high-water mark of the one that started it.
type usage struct {
	wall, user, sys time.Duration
	memory          bytes
}

// measure runs a command to its end. What it prints goes to stdout, nil for
// nowhere.
func measure(ctx context.Context, stdout io.Writer, env []string, name string, args ...string) (usage, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = stdout, os.Stderr
	began := time.Now()
	err := cmd.Run()
	wall := time.Since(began)
	if err != nil {
		return usage{}, fmt.Errorf("%s: %w", cmd, err)
	}
	spent, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return usage{}, fmt.Errorf("%s: this system does not tell what a process used", cmd)
	}
	return usage{
		wall:   wall,
		user:   cmd.ProcessState.UserTime(),
		sys:    cmd.ProcessState.SystemTime(),
		memory: highWater(spent),
	}, nil
}

// highWater is the most memory that was resident. Darwin counts it in bytes,
// the others in units of 1024.
func highWater(r *syscall.Rusage) bytes {
	if runtime.GOOS == "darwin" {
		return bytes(r.Maxrss)
	}
	return bytes(r.Maxrss) * 1024
}

// A simulator is a `ducat simulate` that runs.
type simulator struct{ BaseURL, AdminKey string }

// env points a program to the simulator.
func (s simulator) env() []string {
	return []string{"VENICE_API_BASE_URL=" + s.BaseURL, "VENICE_API_KEY=" + s.AdminKey}
}

// simulatedNow is where the clock of a simulator stands.
const simulatedNow = "2026-03-01T00:00:00Z"

// simulate runs `ducat simulate` with so many entries and more flags, calls use,
// and ends it.
func simulate(ctx context.Context, ducat string, entries int, use func(simulator) error, flags ...string) error {
	args := append([]string{"simulate", "--entries", fmt.Sprint(entries), "--days", "365", "--now", simulatedNow}, flags...)
	return running(ctx, nil, ducat, args, func(first []byte, _ int) error {
		var s simulator
		if err := json.Unmarshal(first, &s); err != nil {
			return fmt.Errorf("%s: first line %q: %w", args[0], first, err)
		}
		return use(s)
	})
}

// running starts a server, calls use with the first line that it prints and its
// process id, and ends it.
func running(ctx context.Context, env []string, name string, args []string, use func(first []byte, pid int) error) (err error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, cmd.Process.Signal(os.Interrupt), cmd.Wait())
	}()
	first, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("%s: read the first line: %w", cmd, err)
	}
	return use(first, cmd.Process.Pid)
}
