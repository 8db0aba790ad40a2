package access_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
	"torii/internal/tags"
	"torii/security/access"
)

// recordBastion makes the access to a bastion and returns what was registered, and the outputs.
func recordBastion(t *testing.T, args access.BastionArgs) (*recorder.Recording, []string) {
	t.Helper()
	args.TeamTag, args.GroupName = "torii-test-bastion", pulumi.String("bastion-0a1b2c3")
	args.Cloud, args.Tags = tokyo, tags.ForStack("torii", "test")
	known := make(chan []string, 1)
	recording := recorder.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		made, err := access.NewBastion(ctx, "bastion", &args)
		if err != nil {
			return err
		}
		pulumi.All(made.PolicyARN, made.PolicyName).ApplyT(func(all []any) error {
			known <- []string{all[0].(string), all[1].(string)}
			return nil
		})
		return nil
	})
	return recording, <-known
}

func TestBastionOfUsers(t *testing.T) {
	recording, got := recordBastion(t, access.BastionArgs{Users: []string{"aiko", "k.tanaka"}})
	require.Len(t, recording.All(), 1+1+2, "access, policy, users'")
	for _, each := range recording.All() {
		if each.Custom {
			assert.Contains(t, each.Parent, "::torii:access:Bastion::bastion", each.Name)
		}
	}
	made := recording.One(t, policyType, "bastion")
	assert.Equal(t, map[string]any{"name": "torii-test-bastion"}, inputs(made))
	want, err := access.BastionRules{TeamTag: "torii-test-bastion", GroupName: "bastion-0a1b2c3"}.Policy(tokyo)
	require.NoError(t, err)
	assert.Equal(t, want, made.Input("policy"))
	assert.Equal(t, "torii-test-bastion", made.Input("tags.Name"))
	for _, user := range []string{"aiko", "k.tanaka"} {
		assert.Equal(t, map[string]any{"user": user, "policyArn": arnOf("bastion")},
			inputs(recording.One(t, toUserType, "bastion-"+user)))
	}
	assert.Equal(t, []string{arnOf("bastion"), "torii-test-bastion"}, got)
}

func TestBastionOfNobodyHasAPolicy(t *testing.T) {
	recording, got := recordBastion(t, access.BastionArgs{Shell: true, SessionKeyARN: pulumi.String(key)})
	require.Len(t, recording.All(), 2)
	want, err := access.BastionRules{
		TeamTag: "torii-test-bastion", GroupName: "bastion-0a1b2c3", Shell: true, SessionKeyARN: key,
	}.Policy(tokyo)
	require.NoError(t, err)
	assert.Equal(t, want, recording.One(t, policyType, "bastion").Input("policy"))
	assert.Equal(t, "torii-test-bastion", got[1])
}
