package cli

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ducat-ledger/ducat/internal/config"
	"github.com/ducat-ledger/ducat/venice/venicetest"
)

// noExitSleep spares each process of a -race run a second of sleep at its end.
const noExitSleep = "atexit_sleep_ms=0"

// TestScripts runs the real command. Commands of the scripts:
//
//	venice [flags]          starts a server, sets VENICE_API_* and writes truth.ndjson;
//	                        its clock stands, or with -skew is so far ahead of ours
//	books name              makes the books of that name, which may be none yet, those
//	                        of the commands that follow
//	exits code program ...  runs a program and wants that exit code; its output
//	                        must hold no key, no control character, no stack trace
//	sameledger a b          wants the same entries in two files, .ndjson or .csv
//	control method route [file]
//	                        steers the server; what it answers is the stdout
//	samebooks [account]     wants the books of the account to be the server's ledger
//	serve [flags]           starts 'ducat serve -o json' on a free port beside the script
//	ask status path [header ...]
//	                        asks what is served; the answer is the stdout
//	awaitlog text           waits until the log of what is served has the text
//	endserve [secret ...]   ends it and wants exit code 0, and no secret in the log
//	keeptoken variable      puts the stdout, a token, into a variable
//
// Scripts with books are carried out on every kind of store. Those that name a
// file themselves are about files: of the others the doctor finds other things.
func TestScripts(t *testing.T) { onEveryStore(t, testScripts) }

func testScripts(t *testing.T, kind storeKind) {
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if kind.name != inFile.name {
		kind.place(t) // here, where the test ends if there is no server
		files = slices.DeleteFunc(files, func(name string) bool {
			text, err := os.ReadFile(name)
			return err == nil && !bytes.Contains(text, []byte("\nbooks "))
		})
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", noExitSleep)
			env.Setenv("XDG_DATA_HOME", filepath.Join(env.WorkDir, "data"))
			env.Values[servedKey{}] = new(served)
			shelves := map[string]string{}
			env.Values[booksKey{}] = func(name string) string {
				if shelves[name] == "" {
					shelves[name] = kind.place(t)
				}
				return shelves[name]
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"venice":     startVenice,
			"books":      chooseBooks,
			"exits":      exits,
			"sameledger": sameLedger,
			"control":    control,
			"samebooks":  sameBooks,
			"serve":      startServe,
			"ask":        ask,
			"awaitlog":   awaitLog,
			"endserve":   endServe,
			"keeptoken":  keepToken,
		},
	})
}

func startVenice(ts *testscript.TestScript, neg bool, args []string) {
	cfg := venicetest.Config{Now: atNoon, NoLimits: true}
	flags := flag.NewFlagSet("venice", flag.ContinueOnError)
	flags.Uint64Var(&cfg.Seed, "seed", 1, "")
	flags.IntVar(&cfg.Entries, "entries", 300, "")
	flags.IntVar(&cfg.Days, "days", 30, "")
	flags.BoolVar(&cfg.Legacy, "legacy", false, "")
	faults := flags.String("faults", "", "")
	skew := flags.String("skew", "", "")
	ts.Check(flags.Parse(args))
	if *skew != "" {
		ahead, err := time.ParseDuration(*skew)
		ts.Check(err)
		cfg.Now = func() time.Time { return time.Now().Add(ahead) }
	}
	var err error
	cfg.Faults, err = venicetest.ParseFaults(*faults)
	ts.Check(err)
	server, err := venicetest.Start(cfg)
	ts.Check(err)
	ts.Defer(server.Close)
	ts.Setenv(envBaseURL, server.BaseURL)
	ts.Setenv(envKey, server.AdminKey)
	ts.Setenv("ADMIN_KEY", server.AdminKey)
	ts.Setenv("INFERENCE_KEY", server.InferenceKey)
	truth, err := os.Create(ts.MkAbs("truth.ndjson"))
	ts.Check(err)
	ts.Check(errors.Join(server.WriteNDJSON(truth), truth.Close()))
}

type booksKey struct{}

func chooseBooks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: books name")
	}
	ts.Setenv(config.EnvLedger, ts.Value(booksKey{}).(func(string) string)(args[0]))
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program ...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
	for _, name := range []string{"stdout", "stderr"} {
		for _, key := range []string{ts.Getenv("ADMIN_KEY"), ts.Getenv("INFERENCE_KEY")} {
			if text := ts.ReadFile(name); key != "" && strings.Contains(text, key) {
				ts.Fatalf("a key in %s", name)
			}
		}
		if fault := unclean(ts.ReadFile(name)); fault != "" {
			ts.Fatalf("%s in %s", fault, name)
		}
	}
}

// unclean names what does not belong in output.
func unclean(text string) string {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	switch {
	case strings.ContainsFunc(text, control):
		return "a control character"
	case strings.Contains(text, "goroutine ") || strings.Contains(text, "panic:"):
		return "a stack trace"
	}
	return ""
}

func sameLedger(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sameledger file file")
	}
	var rows [2][]row
	for i, name := range args {
		var err error
		read := readNDJSONRows
		if strings.HasSuffix(name, ".csv") {
			read = readCSVRows
		}
		rows[i], err = read(strings.NewReader(ts.ReadFile(name)))
		if err != nil {
			ts.Fatalf("%s: %v", name, err)
		}
	}
	sameRows(ts, rows[0], rows[1])
}

func sameRows(ts *testscript.TestScript, a, b []row) {
	if len(a) != len(b) {
		ts.Fatalf("%d and %d entries", len(a), len(b))
	}
	if !slices.Equal(sortedKeys(a), sortedKeys(b)) {
		ts.Fatalf("the entries differ")
	}
	if a, b := sumsText(a), sumsText(b); a != b {
		ts.Fatalf("the sums differ: %s and %s", a, b)
	}
}

func control(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: control method route [file]")
	}
	body := ""
	if len(args) == 3 {
		body = ts.ReadFile(args[2])
	}
	_, err := ts.Stdout().Write(steer(ts, args[0], args[1], body))
	ts.Check(err)
}

// steer asks a control route of the server that the environment names.
func steer(ts *testscript.TestScript, method, route, body string) []byte {
	base := strings.TrimSuffix(ts.Getenv(envBaseURL), "/api/v1")
	request, err := http.NewRequest(method, base+"/control/"+route, strings.NewReader(strings.TrimSpace(body)))
	ts.Check(err)
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	text, err := io.ReadAll(response.Body)
	ts.Check(errors.Join(err, response.Body.Close()))
	if response.StatusCode >= 400 {
		ts.Fatalf("%s: %s", response.Status, text)
	}
	return text
}

func sameBooks(ts *testscript.TestScript, neg bool, args []string) {
	account := config.Default
	if len(args) == 1 {
		account = args[0]
	}
	if neg || len(args) > 1 {
		ts.Fatalf("usage: samebooks [account]")
	}
	want, err := readNDJSONRows(bytes.NewReader(steer(ts, http.MethodGet, "entries", "")))
	ts.Check(err)
	ts.Check(ts.Exec("ducat", "sql", "-o", "csv", booksQuery+" WHERE account = '"+account+"'"))
	got, err := readCSVRows(strings.NewReader(ts.ReadFile("stdout")))
	ts.Check(err)
	sameRows(ts, want, got)
}
