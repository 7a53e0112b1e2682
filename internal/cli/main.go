// Package cli is the command ducat: one file for each command, one place for
// the exit codes, one for what goes to which stream.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Main runs the command for the process that it is called in and returns the
// exit code. It owns the process's arguments, environment, streams and signals:
// the first SIGINT or SIGTERM ends the work in order, the second one kills.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	// Without this a reader that leaves kills the process before it can tidy up.
	signal.Ignore(syscall.SIGPIPE)

	a := app{
		in:  os.Stdin,
		out: osStream(os.Stdout, os.Getenv),
		err: osStream(os.Stderr, os.Getenv),
		env: os.Getenv,
		now: time.Now,
	}
	return a.run(ctx, os.Args[1:])
}

// An app is what the commands share: all that they know of the world outside.
type app struct {
	in       io.Reader
	out, err stream
	env      func(string) string
	now      func() time.Time
}

// run carries out one command line and returns the exit code.
func (a app) run(ctx context.Context, args []string) int {
	started := false
	root := a.root(&started)
	help := &helpWriter{to: a.out}
	root.SetOut(help)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil && help.err == nil:
		return exitDone
	case err == nil:
		err = help.err
	case !started: // what fails before a command begins is the command line
		err = wrongUsage(err, cmd.CommandPath())
	}
	return a.report(ctx, err, wantsJSON(args))
}

// A helpWriter is where help goes, and the version. It keeps the first error to
// itself: cobra would print it, even of a reader that leaves, and forget it.
type helpWriter struct {
	to  io.Writer
	err error
}

func (w *helpWriter) Write(b []byte) (int, error) {
	if w.err == nil {
		_, w.err = w.to.Write(b)
	}
	return len(b), nil
}
