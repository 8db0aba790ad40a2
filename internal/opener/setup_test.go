//go:build integration

// Package opener runs what people reach machines with, on a local AWS: scripts/open-notebook and scripts/bastion
// themselves and the AWS command line. What stands in for AWS's plugin and for a browser is in standins_test.go.
package opener

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/require"

	"torii/internal/localaws"
	"torii/internal/recorder"
	"torii/internal/tags"
	"torii/internal/toolchain"
)

const region = "ap-northeast-1"

// kit holds the local AWS and the AWS command line.
var kit toolchain.Kit

func TestMain(m *testing.M) {
	if is, code := standIn(); is {
		os.Exit(code)
	}
	var err error
	kit, err = toolchain.Ensure(context.Background(), recorder.Root(), toolchain.Options{Progress: os.Stderr})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// account is a local AWS with notebooks in it, and a computer that a person opens them from.
type account struct {
	t      *testing.T
	server *localaws.Server
	ec2    *ec2.Client
	ssm    *ssm.Client
	home   string // of the person
	notes  string // what the stand-ins saw
	bin    string // programs of the computer
	url    string // AWS as the computer sees it
}

// newServer starts a local AWS.
func newServer(t *testing.T) *localaws.Server {
	t.Helper()
	server, err := localaws.Start(t.Context(), localaws.Options{
		MotoServer: kit.MotoServer,
		Launcher:   filepath.Join(recorder.Root(), "tools", "moto", "server.py"),
		Dir:        t.TempDir(),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return server
}

// newAccount is one on a local AWS, whose notebooks are gone when the test is over.
func newAccount(t *testing.T, server *localaws.Server) *account {
	t.Helper()
	keys := credentials.NewStaticCredentialsProvider("test", "test", "")
	a := &account{
		t: t, server: server, home: t.TempDir(), notes: t.TempDir(), bin: t.TempDir(), url: server.URL,
		ec2: ec2.New(ec2.Options{BaseEndpoint: &server.URL, Region: region, Credentials: keys}),
		ssm: ssm.New(ssm.Options{BaseEndpoint: &server.URL, Region: region, Credentials: keys}),
	}
	program, err := os.Executable()
	require.NoError(t, err)
	for name := range standIns {
		require.NoError(t, os.Symlink(program, filepath.Join(a.bin, name)))
	}
	require.NoError(t, os.Symlink(kit.AWSCLI, filepath.Join(a.bin, "aws")))
	t.Cleanup(func() {
		if err := server.Reset(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a
}

// notebook makes a machine and a token as a stack does; it returns the machine's id.
func (a *account) notebook(team, owner, name, port, token string) string {
	a.t.Helper()
	parameter := "/torii/dev/" + team + "/" + name + "/token"
	var marked []ec2types.Tag
	for key, value := range map[string]string{
		tags.TeamKey: team, tags.OwnerKey: owner, tags.NotebookKey: name,
		tags.LocalPortKey: port, tags.TokenParameterKey: parameter,
	} {
		marked = append(marked, ec2types.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	made, err := a.ec2.RunInstances(a.t.Context(), &ec2.RunInstancesInput{
		ImageId: aws.String("ami-0fbe1e8a5b2d3e001"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
		InstanceType:      ec2types.InstanceTypeT3Large,
		TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeInstance, Tags: marked}},
	})
	require.NoError(a.t, err)
	a.put(parameter, token)
	return *made.Instances[0].InstanceId
}

func (a *account) put(parameter, token string) {
	a.t.Helper()
	_, err := a.ssm.PutParameter(a.t.Context(), &ssm.PutParameterInput{
		Name: &parameter, Value: &token, Type: ssmtypes.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	require.NoError(a.t, err)
}

func (a *account) stop(id string) {
	a.t.Helper()
	_, err := a.ec2.StopInstances(a.t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{id}})
	require.NoError(a.t, err)
}

func (a *account) state(id string) string {
	a.t.Helper()
	found, err := a.ec2.DescribeInstances(a.t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
	require.NoError(a.t, err)
	return string(found.Reservations[0].Instances[0].State.Name)
}

// jupyter is a server that lets in whoever brings the token. Nobody is at its address until start is called.
func jupyter(t *testing.T, token string) (address string, start func()) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api" && (r.URL.Path != "/lab" || r.URL.Query().Get("token") != token) {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	address = server.Listener.Addr().String()
	require.NoError(t, server.Listener.Close())
	return address, func() {
		listener, err := net.Listen("tcp", address)
		require.NoError(t, err)
		server.Listener = listener
		server.Start()
		t.Cleanup(server.Close)
	}
}

// computer is the environment of the person's shell.
func (a *account) computer(jupyter string) []string {
	return []string{
		"PATH=" + a.bin + ":/usr/bin:/bin", "HOME=" + a.home, "LANG=C.UTF-8",
		"AWS_ENDPOINT_URL=" + a.url, "AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1",
		jupyterVariable + "=" + jupyter, notesVariable + "=" + a.notes,
	}
}

// opening is a script that runs.
type opening struct {
	command  *exec.Cmd
	out, err text
}

// text is what a program has written so far.
type text struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (t *text) Write(more []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.buffer.Write(more)
}

func (t *text) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.buffer.String()
}

// patience is how long a test waits for a script. A step is some calls of the AWS command
// line, each a Python that starts, which takes seconds on a machine that does much else.
const patience = 4 * time.Minute

// open starts scripts/open-notebook.
func (a *account) open(environment []string, args ...string) *opening {
	a.t.Helper()
	return a.start("open-notebook", environment, args...)
}

// start starts a script, in a process group of its own as a terminal does.
func (a *account) start(script string, environment []string, args ...string) *opening {
	a.t.Helper()
	o := &opening{}
	ctx, cancel := context.WithTimeout(a.t.Context(), patience+time.Minute)
	a.t.Cleanup(cancel)
	o.command = exec.CommandContext(ctx, filepath.Join(recorder.Root(), "scripts", script), args...)
	o.command.Env, o.command.Stdout, o.command.Stderr = environment, &o.out, &o.err
	o.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	o.command.Cancel = func() error { return syscall.Kill(-o.command.Process.Pid, syscall.SIGKILL) }
	require.NoError(a.t, o.command.Start())
	return o
}

// interrupt is Ctrl-C.
func (o *opening) interrupt() error { return syscall.Kill(-o.command.Process.Pid, syscall.SIGINT) }
