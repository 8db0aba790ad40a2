package fleet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/compute/fleet"
	"torii/internal/recorder"
	"torii/internal/tags"
)

const parameterToken = "aws:ssm/parameter:Parameter"

// recordIdentity keeps certificates of usual values, which change may change.
func recordIdentity(t *testing.T, change func(*fleet.IdentityArgs)) (*recorder.Recording, error) {
	t.Helper()
	return recorder.Run("test", nil, func(ctx *pulumi.Context) error {
		args := &fleet.IdentityArgs{
			Path:              "/torii/test/web",
			ServerKey:         pulumi.String("key\n"),
			ServerCertificate: pulumi.String("certificate\n"),
			ClientAuthorities: pulumi.String("authority\n"),
			RevocationLists:   pulumi.ToStringArray([]string{"first\n", "second", "third"}),
			Tags:              tags.ForStack("torii", "test"),
		}
		if change != nil {
			change(args)
		}
		made, err := fleet.NewIdentity(ctx, "web", args)
		if err != nil {
			return err
		}
		// Stands for the machines, which wait for all of it and read what they are told.
		_, err = iam.NewPolicy(ctx, "machines", &iam.PolicyArgs{
			Policy: pulumi.All(made.ParameterARNs).ApplyT(func(arns []any) string { return fmt.Sprint(arns...) }).(pulumi.StringOutput),
		}, pulumi.DependsOn(made.Ready))
		return err
	})
}

func TestIdentityIsFourParametersOneOfThemSecret(t *testing.T) {
	recording, err := recordIdentity(t, nil)
	require.NoError(t, err)
	tagged := func(name string) map[string]any {
		return map[string]any{"Project": "torii", "Stack": "test", "ManagedBy": "pulumi", "Name": "torii-test-" + name}
	}
	parameter := func(part, about, kind, field, value string) map[string]any {
		return map[string]any{
			"name": "/torii/test/web/" + part, "description": about + " web", "type": kind, "tier": "Intelligent-Tiering",
			field: value, "tags": tagged("web-" + part),
		}
	}
	want := map[string]map[string]any{
		"web-server-key":         parameter("server-key", "Private key of the servers of", "SecureString", "value", "key\n"),
		"web-server-certificate": parameter("server-certificate", "Certificate of the servers of", "String", "insecureValue", "certificate\n"),
		"web-client-authorities": parameter(
			"client-authorities", "Authorities whose clients are admitted by", "String", "insecureValue", "authority\n"),
		"web-revocation-lists": parameter(
			"revocation-lists", "Certificates that were taken back, for", "String", "insecureValue", "first\nsecond\nthird\n"),
	}
	want["web-server-key"]["keyId"] = "alias/aws/ssm"
	made := recording.Of(parameterToken)
	assert.Len(t, made, 4)
	for name, inputs := range want {
		one := recording.One(t, parameterToken, name)
		given := one.Inputs.Mappable()
		if secret, ok := one.Inputs["value"]; ok {
			require.True(t, secret.IsSecret(), "else a preview would show the key")
			given["value"] = secret.SecretValue().Element.StringValue()
		}
		assert.Equal(t, inputs, given)
		assert.Equal(t, "urn:pulumi:test::torii::torii:fleet:Identity::web", one.Parent)
	}
	machines := recording.One(t, "aws:iam/policy:Policy", "machines")
	var arns []any
	for _, name := range []string{"web-server-key", "web-server-certificate", "web-client-authorities", "web-revocation-lists"} {
		arns = append(arns, recording.One(t, parameterToken, name).Output("arn"))
		assert.True(t, machines.After(parameterToken, name), name)
	}
	assert.Equal(t, fmt.Sprint(arns), machines.Input("policy"))
}

func TestIdentityWithoutListsHasNoParameterForThem(t *testing.T) {
	recording, err := recordIdentity(t, func(a *fleet.IdentityArgs) { a.RevocationLists = nil })
	require.NoError(t, err)
	assert.Len(t, recording.Of(parameterToken), 3)
}

func TestIdentityThatCannotBeIsRefused(t *testing.T) {
	for want, change := range map[string]func(*fleet.IdentityArgs){
		"creating identity of web: a key, its certificate and the clients' authorities are needed": func(a *fleet.IdentityArgs) { a.ServerKey = nil },
		"revocation-lists takes 8193 bytes, and Parameter Store takes 8192 at most": func(a *fleet.IdentityArgs) {
			a.RevocationLists = pulumi.ToStringArray([]string{strings.Repeat("a", 8000) + "\n", strings.Repeat("b", 191)})
		},
		"server-key takes 8193 bytes, and Parameter Store takes 8192 at most": func(a *fleet.IdentityArgs) {
			a.ServerKey = pulumi.String(strings.Repeat("a", 8193))
		},
	} {
		_, err := recordIdentity(t, change)
		require.ErrorContains(t, err, want)
	}
	_, err := recordIdentity(t, func(a *fleet.IdentityArgs) { a.ServerCertificate = pulumi.String(strings.Repeat("a", 8192)) })
	require.NoError(t, err)
}

func TestMachinesReadTheParametersTheyAreGiven(t *testing.T) {
	recording := mustRecord(t, func(a *fleet.Args) {
		a.ParameterARNs = pulumi.ToStringArray([]string{"arn:one", "arn:two"})
	})
	document, _ := recording.One(t, "aws:iam/rolePolicy:RolePolicy", "web-instance").Input("policy").(string)
	assert.Equal(t, 4, strings.Count(document, `"Sid"`))
	assert.True(t, strings.HasSuffix(document,
		`{"Sid":"ReadOwnParameters","Effect":"Allow","Action":["ssm:GetParameters"],"Resource":["arn:one","arn:two"]}]}`), document)
}
