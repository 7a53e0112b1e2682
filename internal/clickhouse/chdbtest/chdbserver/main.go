// Chdbserver serves the engine of ClickHouse, from the library libchdb.so, over
// ClickHouse's native protocol on a port of the loopback address. It prints the
// address, and ends when its standard input does. For tests only: it asks nobody
// who they are.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("chdbserver: ")
	lib := flag.String("lib", "", "the `file` libchdb.so")
	path := flag.String("path", "", "a `folder` for the data, made by the server and removed when it ends")
	flag.Parse()
	if err := run(*lib, *path, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(lib, path string, args []string) error {
	if lib == "" || path == "" {
		return errors.New("-lib and -path are needed")
	}
	incoming := filepath.Join(path, "incoming")
	if err := os.MkdirAll(incoming, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(path)
	e, err := start(lib, append([]string{"--path=" + filepath.Join(path, "data")}, args...)...)
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
			if err := newSession(e, conn, incoming, id).serve(); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				log.Printf("client %s: %v", conn.RemoteAddr(), err)
			}
		}()
	}
}
