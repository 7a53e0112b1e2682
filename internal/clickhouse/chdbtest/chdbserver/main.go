// Chdbserver serves the engine of ClickHouse, from the library libchdb.so, over
// ClickHouse's native protocol on a port of the loopback address. It prints the
// address, and ends when its standard input does. For tests only: it asks nobody
// who they are.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("chdbserver: ")
	lib := flag.String("lib", "", "the `file` libchdb.so")
	path := flag.String("path", "", "a `folder` for the data, which is removed when the server ends")
	flag.Parse()
	if err := run(*lib, *path); err != nil {
		log.Fatal(err)
	}
}

// config has the cluster of one shard: this process.
//
//go:embed config.xml
var config []byte

func run(lib, path string) error {
	if lib == "" || path == "" || flag.NArg() > 0 {
		return errors.New("-lib and -path are needed, and nothing else")
	}
	incoming := filepath.Join(path, "incoming")
	if err := os.MkdirAll(incoming, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(path)
	configFile := filepath.Join(path, "config.xml")
	if err := os.WriteFile(configFile, config, 0o600); err != nil {
		return err
	}
	e, err := start(lib, "--config-file="+configFile, "--path="+filepath.Join(path, "data"))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go accept(listener, e, incoming) // ends with the process
	fmt.Println(listener.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func accept(listener net.Listener, e *engine, incoming string) {
	for id := 1; ; id++ {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer conn.Close()
			if err := newSession(e, conn, incoming, id).serve(); err != nil && !left(err) {
				log.Printf("client %s: %v", conn.RemoteAddr(), err)
			}
		}()
	}
}

// left says whether the client just went, as drivers do to cancel what they asked
// for.
func left(err error) bool {
	for _, usual := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.EPIPE, syscall.ECONNRESET} {
		if errors.Is(err, usual) {
			return true
		}
	}
	return false
}
