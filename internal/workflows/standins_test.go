package workflows

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
)

// The test's own program stands in, under their names, for those that the scripts call. What each says is in the file
// <name> of the folder answers, a line for each beginning of a command line; what it was asked goes into the file calls.
const answersVariable = "TEST_ANSWERS"

func TestMain(m *testing.M) {
	if folder := os.Getenv(answersVariable); folder != "" {
		os.Exit(standIn(folder, filepath.Base(os.Args[0]), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// call is one of a program, as the stand-in saw it.
type call struct {
	Program string
	Args    []string
	Input   string // what was on its standard input; of GitHub's command line only
	Folder  string
}

// answer is what a program says to a command line that begins with, or contains, some words.
type answer struct {
	To     string // part of the command line
	Says   string
	Status int
	Writes map[string]string // files, by the flag that names them
}

func standIn(folder, program string, args []string) int {
	line := strings.Join(args, " ")
	made := call{Program: program, Args: args}
	made.Folder, _ = os.Getwd()
	if program == "gh" && strings.Contains(line, "--input -") {
		input, _ := io.ReadAll(os.Stdin)
		made.Input = string(input)
	}
	text, _ := json.Marshal(made)
	calls, err := os.OpenFile(filepath.Join(folder, "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	defer calls.Close()
	fmt.Fprintf(calls, "%s\n", text)

	var answers []answer
	known, err := os.ReadFile(filepath.Join(folder, program))
	if err == nil {
		err = json.Unmarshal(known, &answers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	for _, a := range answers {
		if !strings.Contains(line, a.To) {
			continue
		}
		for flag, content := range a.Writes {
			for i := range args[:len(args)-1] {
				if args[i] == flag {
					if err := os.WriteFile(args[i+1], []byte(content), 0o600); err != nil {
						return 99
					}
				}
			}
		}
		fmt.Print(a.Says)
		return a.Status
	}
	fmt.Fprintf(os.Stderr, "%s stands in for nothing like: %s\n", program, line)
	return 99
}

// runner is a place to run scripts in: a copy of scripts/ with stage files beside it, and stand-ins on PATH.
type runner struct {
	t       *testing.T
	root    string // of the copy
	answers string
	bin     string
	env     []string
}

func newRunner(t *testing.T, stages ...string) *runner {
	t.Helper()
	r := &runner{t: t, root: t.TempDir(), answers: t.TempDir(), bin: t.TempDir()}
	require.NoError(t, os.CopyFS(filepath.Join(r.root, "scripts"), os.DirFS(filepath.Join(recorder.Root(), "scripts"))))
	for _, stage := range stages {
		require.NoError(t, os.WriteFile(filepath.Join(r.root, "Pulumi."+stage+".yaml"), []byte("config: {}\n"), 0o600))
	}
	return r
}

// says has a program answer; the first answer that fits counts.
func (r *runner) says(program string, answers ...answer) {
	r.t.Helper()
	text, err := json.Marshal(answers)
	require.NoError(r.t, err)
	require.NoError(r.t, os.WriteFile(filepath.Join(r.answers, program), text, 0o600))
	self, err := os.Executable()
	require.NoError(r.t, err)
	if link := filepath.Join(r.bin, program); !exists(link) {
		require.NoError(r.t, os.Symlink(self, link))
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// runs is what a script did.
type runs struct {
	status   int
	out, err string
	calls    []call
}

// run runs a script to its end.
func (r *runner) run(script string, args ...string) runs {
	r.t.Helper()
	require.NoError(r.t, os.RemoveAll(filepath.Join(r.answers, "calls")))
	command := exec.CommandContext(r.t.Context(), filepath.Join(r.root, "scripts", script), args...)
	command.Dir = r.root
	command.Env = append([]string{
		"PATH=" + r.bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + r.root, answersVariable + "=" + r.answers,
		"GITHUB_REPOSITORY=example/torii", "GITHUB_SERVER_URL=https://github.com",
	}, r.env...)
	var out, errOut bytes.Buffer
	command.Stdout, command.Stderr = &out, &errOut
	err := command.Run()
	if err != nil {
		var status *exec.ExitError
		require.ErrorAs(r.t, err, &status)
	}
	done := runs{status: command.ProcessState.ExitCode(), out: out.String(), err: errOut.String()}
	text, err := os.ReadFile(filepath.Join(r.answers, "calls"))
	if !os.IsNotExist(err) {
		require.NoError(r.t, err)
	}
	for line := range strings.Lines(string(text)) {
		var c call
		require.NoError(r.t, json.Unmarshal([]byte(line), &c))
		done.calls = append(done.calls, c)
	}
	return done
}

// lines are the command lines of a program.
func (d runs) lines(program string) (all []string) {
	for _, c := range d.calls {
		if c.Program == program {
			all = append(all, strings.Join(c.Args, " "))
		}
	}
	return all
}
