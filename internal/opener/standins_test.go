//go:build integration

package opener

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
)

// The test's own program stands in, under their names, for the two that the script starts on a person's computer.
var standIns = map[string]func(args []string) error{
	"session-manager-plugin": plugin,
	"xdg-open":               browser,
	"open":                   browser,
}

// Variables that tell the stand-ins where the test is.
const (
	jupyterVariable = "TEST_JUPYTER" // address that the session leads to
	notesVariable   = "TEST_NOTES"   // folder for what they saw
)

// session is what the AWS command line hands the plugin.
type session struct {
	Target       string
	DocumentName string
	Parameters   map[string][]string
}

// plugin does what AWS's does for the person: it listens on the local port and passes on what comes. It dials the
// notebook itself, where AWS's speaks to an agent there through Systems Manager.
func plugin(args []string) error {
	if len(args) == 1 && args[0] == "--version" {
		fmt.Println("1.2.764.0")
		return nil
	}
	var asked session
	if err := json.Unmarshal([]byte(args[4]), &asked); err != nil {
		return fmt.Errorf("reading the parameters: %w", err)
	}
	if err := note("session", asked); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+asked.Parameters["localPortNumber"][0])
	if err != nil {
		return err
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted
		listener.Close()
	}()
	for {
		near, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		go pass(near, os.Getenv(jupyterVariable))
	}
}

// pass connects the two ends; without a far one it hangs up, as AWS's plugin does.
func pass(near net.Conn, to string) {
	defer near.Close()
	far, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer far.Close()
	go func() {
		_, _ = io.Copy(far, near)
	}()
	_, _ = io.Copy(near, far)
}

// visit is what the browser found.
type visit struct {
	Page, Folder string // their permissions
	URL          string
	Status       int
}

var refresh = regexp.MustCompile(`content="0;url=([^"]+)"`)

// browser follows the page that it is shown.
func browser(args []string) error {
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	page, err := os.Stat(args[0])
	if err != nil {
		return err
	}
	folder, err := os.Stat(filepath.Dir(args[0]))
	if err != nil {
		return err
	}
	found := visit{Page: page.Mode().Perm().String(), Folder: folder.Mode().Perm().String()}
	if match := refresh.FindStringSubmatch(string(text)); match != nil {
		found.URL = match[1]
		answer, err := http.Get(found.URL)
		if err != nil {
			return err
		}
		answer.Body.Close()
		found.Status = answer.StatusCode
	}
	return note("visit", found)
}

// note leaves something for the test to read.
func note(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	path := filepath.Join(os.Getenv(notesVariable), name)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// standIn runs the stand-in that this program was started as, if any.
func standIn() (is bool, code int) {
	run, is := standIns[filepath.Base(os.Args[0])]
	if !is {
		return false, 0
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return true, 1
	}
	return true, 0
}
