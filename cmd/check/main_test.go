package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/check"
)

// The test's own program stands in for pulumi: it says what the file named by this variable holds for a command line.
const answersVariable = "TEST_ANSWERS"

func TestMain(m *testing.M) {
	folder := os.Getenv(answersVariable)
	if folder == "" {
		os.Exit(m.Run())
	}
	name := strings.Join(os.Args[1:3], "-") + "-" + os.Args[len(os.Args)-2] // stack-output-prod
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: no stack for %q\n", strings.Join(os.Args[1:], " "))
		os.Exit(255)
	}
	os.Stdout.Write(text)
	os.Exit(0)
}

// pulumiSays puts a pulumi on PATH that knows the answers to some command lines.
func pulumiSays(t *testing.T, answers map[string]string) {
	t.Helper()
	bin, folder := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(bin, "pulumi")))
	for name, text := range answers {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	t.Setenv("PATH", bin)
	t.Setenv(answersVariable, folder)
}

// awsSays makes an AWS that has one VPC and one trail, which answers as trail does.
func awsSays(t *testing.T, trail http.HandlerFunc) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Contains(t, r.Header.Get("Authorization"), "/eu-west-1/", "the stack's region")
		if r.Header.Get("X-Amz-Target") != "" {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			trail(w, r)
			return
		}
		fmt.Fprint(w, `<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><vpcSet><item><vpcId>vpc-1</vpcId><tagSet>`+
			`<item><key>Project</key><value>torii</value></item><item><key>Stack</key><value>prod</value></item>`+
			`</tagSet></item></vpcSet></DescribeVpcsResponse>`)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_PROFILE": "", "AWS_SESSION_TOKEN": "",
	} {
		t.Setenv(name, value)
	}
}

const outputs = `{"vpcId": "vpc-1", "privateSubnetIds": ["subnet-1"], "flows": [{"from": "lab", "to": "endpoints"}],
	"trailArn": "arn:aws:cloudtrail:eu-west-1:1:trail/t", "clientBundles": "[secret]"}`

// asked runs a command line and returns all that it says.
func asked(t *testing.T, args ...string) (status int, out, errOut string) {
	t.Helper()
	var said, complained strings.Builder
	status = run(t.Context(), args, &said, &complained)
	return status, said.String(), complained.String()
}

func TestTheStatusSaysHowItStands(t *testing.T) {
	answers := map[string]string{"stack-output-prod": outputs, "config-get-prod": "eu-west-1\n"}
	for _, c := range []struct {
		name   string
		trail  http.HandlerFunc
		status int
		want   string
	}{
		{"as asked for", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"IsLogging": true}`) }, 0,
			"ok     trail  it logs\n\n1 ok\n"},
		{"off", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"IsLogging": false}`) }, 1,
			"FAIL   trail  it does not log, so that nobody is told of sessions; find out who stopped it; " +
				"pulumi up --refresh starts it again\n\n1 failed\n"},
		{"not to be asked", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type": "AccessDeniedException", "message": "no"}`)
		}, 2, "error  trail  could not ask: asking for the trail: operation error CloudTrail: GetTrailStatus, "},
	} {
		t.Run(c.name, func(t *testing.T) {
			pulumiSays(t, answers)
			awsSays(t, c.trail)
			status, out, errOut := asked(t, "-stack", "prod")
			assert.Equal(t, c.status, status)
			assert.Equal(t, c.want, out[:min(len(c.want), len(out))])
			assert.Empty(t, errOut)
		})
	}
}

func TestWhatCannotBeAskedIsOneError(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers map[string]string
		args    []string
		want    string
	}{
		{"no such stack", nil, []string{"-stack", "prod"}, "reading the outputs of stack prod: pulumi stack output: " +
			"error: no stack for \"stack output --json --stack prod --non-interactive\"\n"},
		{"an older stack", map[string]string{"stack-output-prod": `{"vpcId": "vpc-1", "flows": [{"from": "a", "to": "b"}]}`}, []string{"-stack", "prod"},
			"stack prod: the stack lacks outputs that this release makes: privateSubnetIds; it was deployed by an older one, or not to the end; " +
				"run pulumi up --stack prod with this release\n"},
		{"no region", map[string]string{"stack-output-prod": outputs}, []string{"-stack", "prod"},
			"finding out the region of stack prod, which -region would say: pulumi config get: " +
				"error: no stack for \"config get aws:region --stack prod --non-interactive\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pulumiSays(t, c.answers)
			status, out, errOut := asked(t, c.args...)
			assert.Equal(t, couldNotAsk, status)
			assert.Equal(t, c.want, errOut)
			assert.Empty(t, out)
		})
	}
}

func TestRunSaysWhatItTakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"an unknown flag", []string{"-force"}, "flag provided but not defined: -force\n\nAsks AWS"},
		{"a stack without its flag", []string{"prod"}, "unexpected argument \"prod\"\n\nAsks AWS"},
		{"no stack", []string{"-stack", ""}, "-stack: a name is needed\n\nAsks AWS"},
		{"no days", []string{"-days", "0"}, "-days: 0 is not allowed; choose 1 or more\n\nAsks AWS"},
		{"time that is over", []string{"-wait", "-1s"}, "-wait: -1s is not allowed; choose 0s or more\n\nAsks AWS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, out, errOut := asked(t, c.args...)
			assert.Equal(t, couldNotAsk, status)
			assert.Equal(t, c.want, errOut[:min(len(c.want), len(errOut))])
			assert.Empty(t, out)
		})
	}
	status, out, errOut := asked(t, "-h")
	assert.Equal(t, 0, status)
	assert.Equal(t, usage, out)
	assert.Empty(t, errOut)
}

// TestDeployedLocally wants no secret to be looked at, and no address to be called.
func TestDeployedLocally(t *testing.T) {
	t.Parallel()
	about, err := deployedLocally(auto.OutputMap{
		"vpcId":                auto.OutputValue{Value: "vpc-1"},
		"privateSubnetIds":     auto.OutputValue{Value: []any{"subnet-1"}},
		"flows":                auto.OutputValue{Value: []any{map[string]any{"from": "lab", "to": "endpoints"}}},
		"authorityCertificate": auto.OutputValue{Value: "hidden", Secret: true},
	}, "eu-west-1", "http://127.0.0.1:1", "make local STACK=x")
	require.NoError(t, err)
	assert.Equal(t, check.Outputs{
		VPCID: "vpc-1", PrivateSubnetIDs: []string{"subnet-1"}, Flows: []check.Flow{{From: "lab", To: "endpoints"}},
	}, about.Outputs)
	assert.Equal(t, "the local AWS carries no traffic, so nothing can answer", about.NoURLs)
	assert.Equal(t, "eu-west-1", about.Region)

	_, err = deployedLocally(auto.OutputMap{}, "eu-west-1", "http://127.0.0.1:1", "make local STACK=x")
	require.EqualError(t, err, "the stack has no outputs, so nothing of it is deployed; run make local STACK=x")
}
