package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The test's own program stands in for pulumi: it says what the folder named by this variable holds for a command, and
// notes there what it was asked and given.
const answersVariable = "TEST_ANSWERS"

func TestMain(m *testing.M) {
	folder := os.Getenv(answersVariable)
	if folder == "" {
		os.Exit(m.Run())
	}
	name := os.Args[1]
	if name == "stack" || name == "config" {
		name += "-" + os.Args[2]
	}
	given, _ := io.ReadAll(os.Stdin)
	asked := os.WriteFile(filepath.Join(folder, "asked-"+name), []byte(strings.Join(os.Args[1:], " ")+"\n"+string(given)), 0o600)
	text, err := os.ReadFile(filepath.Join(folder, name))
	if asked != nil || err != nil {
		fmt.Fprintln(os.Stderr, "error: no "+name)
		os.Exit(255)
	}
	os.Stdout.Write(text)
	os.Exit(0)
}

// pulumiSays puts a pulumi on PATH that knows some answers, and returns the folder of its notes.
func pulumiSays(t *testing.T, answers map[string]string) string {
	t.Helper()
	bin, folder := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(bin, "pulumi")))
	answers["config-get"] = "eu-west-1\n"
	for name, text := range answers {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	t.Setenv("PATH", bin)
	t.Setenv("TMPDIR", folder)
	t.Setenv(answersVariable, folder)
	return folder
}

// awsHas makes an AWS that has these VPCs of the stack, and nothing else.
func awsHas(t *testing.T, networks ...string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Contains(t, r.Header.Get("Authorization"), "/eu-west-1/", "the stack's region")
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		action := form.Get("Action")
		switch {
		case action == "DescribeVpcs":
			fmt.Fprint(w, `<DescribeVpcsResponse><vpcSet>`)
			for _, id := range networks {
				fmt.Fprintf(w, `<item><vpcId>%s</vpcId><tagSet><item><key>Project</key><value>torii</value></item>`+
					`<item><key>Stack</key><value>prod</value></item><item><key>Name</key><value>torii-prod-vpc</value></item></tagSet></item>`, id)
			}
			fmt.Fprint(w, `</vpcSet></DescribeVpcsResponse>`)
		case action != "":
			fmt.Fprintf(w, "<%[1]sResponse><%[1]sResult></%[1]sResult></%[1]sResponse>", action)
		case r.Header.Get("X-Amz-Target") != "" || r.URL.Path == "/policies":
			fmt.Fprint(w, "{}")
		default:
			fmt.Fprint(w, "<ListAllMyBucketsResult/>")
		}
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_PROFILE": "", "AWS_SESSION_TOKEN": "",
	} {
		t.Setenv(name, value)
	}
}

// asked runs a command line and returns all that it says.
func asked(t *testing.T, args ...string) (status int, out, errOut string) {
	t.Helper()
	var said, complained strings.Builder
	status = run(t.Context(), args, &said, &complained)
	return status, said.String(), complained.String()
}

const (
	itself  = `{"urn": "urn:pulumi:prod::torii::pulumi:pulumi:Stack::torii-prod", "type": "pulumi:pulumi:Stack"}`
	network = `{"urn": "urn:pulumi:prod::torii::aws:ec2/vpc:Vpc::network-vpc", "type": "aws:ec2/vpc:Vpc", "custom": true,
		"inputs": {"tags": {"Name": "torii-prod-vpc"}}}`
)

func state(operations string) string {
	return `{"version": 3, "deployment": {"resources": [` + itself + `], "pending_operations": [` + operations + `]}}`
}

func TestNothingWasCutOff(t *testing.T) {
	pulumiSays(t, map[string]string{"stack-export": state(""), "preview": `{"steps": []}`})
	awsHas(t)
	status, out, errOut := asked(t, "-stack", "prod")
	assert.Equal(t, []any{0, "No operation of stack prod is without an end, and AWS has nothing of it beside its state.\n", ""},
		[]any{status, out, errOut})
}

func TestACreationWasCutOff(t *testing.T) {
	cut := state(`{"type": "creating", "resource": ` + network + `}`)
	folder := pulumiSays(t, map[string]string{
		"stack-export": cut, "preview": `{"steps": [{"op": "create", "newState": ` + network + `}]}`, "stack-import": "", "refresh": "",
	})
	awsHas(t, "vpc-1")
	status, out, _ := asked(t, "-stack", "prod")
	assert.Equal(t, differs, status)
	assert.Equal(t, "Operations without an end: 1.\nmade     aws:ec2/vpc:Vpc network-vpc: AWS has it as vpc-1\n\n"+
		"make recover STACK=prod YES=1 writes this into the state; the next pulumi up goes on from there.\n", out)
	assert.NoFileExists(t, filepath.Join(folder, "asked-stack-import"), "nothing was written")

	status, out, errOut := asked(t, "-stack", "prod", "-yes")
	require.Equal(t, 0, status, errOut)
	assert.Contains(t, out, "The state is mended.")
	text, err := os.ReadFile(filepath.Join(folder, "asked-stack-import"))
	require.NoError(t, err)
	command, written, _ := strings.Cut(string(text), "\n")
	assert.Equal(t, "stack import --stack prod --non-interactive", command)
	var mended struct {
		Version    int
		Deployment struct {
			Resources []struct{ URN, ID string }
			Pending   []any `json:"pending_operations"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(written), &mended))
	assert.Equal(t, 3, mended.Version)
	require.Len(t, mended.Deployment.Resources, 2)
	assert.Equal(t, "vpc-1", mended.Deployment.Resources[1].ID)
	assert.Empty(t, mended.Deployment.Pending)
	refreshed, err := os.ReadFile(filepath.Join(folder, "asked-refresh"))
	require.NoError(t, err)
	assert.Equal(t, "refresh --yes --skip-preview --clear-pending-creates --stack prod --non-interactive\n", string(refreshed))
	kept, err := filepath.Glob(filepath.Join(folder, "torii-prod-*.json"))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	old, err := os.ReadFile(kept[0])
	require.NoError(t, err)
	assert.Equal(t, cut, string(old), "the old state is kept")
}

func TestNothingOfItWasMade(t *testing.T) {
	pulumiSays(t, map[string]string{"stack-export": state(`{"type": "creating", "resource": ` + network + `}`)})
	awsHas(t)
	status, out, errOut := asked(t, "-stack", "prod")
	assert.Equal(t, differs, status)
	assert.Contains(t, out, "not made aws:ec2/vpc:Vpc network-vpc: AWS has nothing of the kind\n")
	assert.Contains(t, out, "  pulumi refresh --stack prod --clear-pending-creates\n")
	assert.Contains(t, errOut, "its preview failed: pulumi preview --json: error: no preview")
}

func TestWhatCannotBeAsked(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-stack", ""}, "-stack: a name is needed"},
		{[]string{"prod"}, `unexpected argument "prod"`},
		{[]string{"-stack", "prod"}, "reading the state of stack prod: pulumi stack export: error: no stack-export"},
	} {
		pulumiSays(t, map[string]string{})
		status, _, errOut := asked(t, c.args...)
		assert.Equal(t, couldNotAsk, status)
		assert.Contains(t, errOut, c.want)
	}
}
