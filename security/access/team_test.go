package access_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/account"
	"torii/internal/recorder"
	"torii/internal/tags"
	"torii/security/access"
)

const (
	teamType       = "torii:access:Team"
	groupType      = "aws:iam/group:Group"
	policyType     = "aws:iam/policy:Policy"
	toGroupType    = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
	toUserType     = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
	membershipType = "aws:iam/userGroupMembership:UserGroupMembership"
)

var (
	tokyo = account.Place{Partition: "aws", Region: "ap-northeast-1", AccountID: "123456789012"}
	key   = "arn:aws:kms:ap-northeast-1:123456789012:key/1"
)

// outputs are the team's, once they are known.
type outputs struct {
	group, policy string
	arns          map[string]string
}

// record makes a team named lab and returns what was registered, and the team's outputs.
func record(t *testing.T, args access.TeamArgs) (*recorder.Recording, outputs) {
	t.Helper()
	args.TeamTag, args.ParameterPath = "torii-test-lab", "/torii/test/lab"
	args.Cloud, args.Tags = tokyo, tags.ForStack("torii", "test")
	known := make(chan outputs, 1)
	recording := recorder.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
		team, err := access.NewTeam(ctx, "lab", &args)
		if err != nil {
			return err
		}
		arns := pulumi.StringMap{}
		for person, arn := range team.PolicyARNs {
			arns[person] = arn
		}
		pulumi.All(team.GroupName, team.PolicyName, arns).ApplyT(func(all []any) error {
			known <- outputs{group: all[0].(string), policy: all[1].(string), arns: all[2].(map[string]string)}
			return nil
		})
		return nil
	})
	return recording, <-known
}

func inputs(resource recorder.Resource) map[string]any {
	all := resource.Inputs.Mappable()
	delete(all, "policy")
	delete(all, "tags")
	return all
}

func TestTeamOfUsers(t *testing.T) {
	people := map[string]access.Person{"aiko": {Identity: "aiko"}, "ken": {Identity: "k.tanaka"}}
	recording, got := record(t, access.TeamArgs{People: people})

	require.Len(t, recording.Of(teamType), 1)
	require.Len(t, recording.All(), 1+1+3+1+2+2, "team, group, policies, group's, users', memberships")
	for _, each := range recording.All() {
		if each.Type != teamType {
			assert.Contains(t, each.Parent, "::"+teamType+"::lab", each.Name)
		}
	}
	assert.Empty(t, inputs(recording.One(t, groupType, "lab")), "AWS names it after lab, so that two stacks may have one")
	assert.Equal(t, map[string]any{"group": "lab-0000000", "policyArn": arnOf("lab")},
		inputs(recording.One(t, toGroupType, "lab")))
	for person, user := range map[string]string{"aiko": "aiko", "ken": "k.tanaka"} {
		assert.Equal(t, map[string]any{"user": user, "policyArn": arnOf("lab_" + person)},
			inputs(recording.One(t, toUserType, "lab_"+person)))
		assert.Equal(t, map[string]any{"user": user, "groups": []any{"lab-0000000"}},
			inputs(recording.One(t, membershipType, "lab_"+person)))
	}
	rules := access.Rules{TeamTag: "torii-test-lab", ParameterPath: "/torii/test/lab"}
	for name, write := range map[string]func() (string, error){
		"lab":      func() (string, error) { return rules.GroupPolicy(tokyo) },
		"lab_aiko": func() (string, error) { return rules.PersonPolicy(tokyo, "aiko", "aiko") },
		"lab_ken":  func() (string, error) { return rules.PersonPolicy(tokyo, "ken", "k.tanaka") },
	} {
		want, err := write()
		require.NoError(t, err)
		made := recording.One(t, policyType, name)
		assert.Empty(t, inputs(made), name)
		assert.Equal(t, want, made.Input("policy"), name)
		assert.Equal(t, "torii", made.Input("tags.Project"), name)
	}
	assert.Equal(t, outputs{group: "lab-0000000", arns: map[string]string{
		"": arnOf("lab"), "aiko": arnOf("lab_aiko"), "ken": arnOf("lab_ken"),
	}}, got)
}

func TestTeamOfSessionTags(t *testing.T) {
	recording, got := record(t, access.TeamArgs{
		By: access.SessionTags, People: map[string]access.Person{"aiko": {Identity: "aiko"}},
		Shell: true, SessionKeyARN: pulumi.String(key),
	})
	require.Len(t, recording.All(), 2, "the team and its policy")
	made := recording.One(t, policyType, "lab.roles")
	assert.Equal(t, map[string]any{"name": "torii-test-lab"}, inputs(made), "permission sets refer to it by name")
	want, err := access.Rules{
		TeamTag: "torii-test-lab", ParameterPath: "/torii/test/lab", Shell: true, SessionKeyARN: key,
	}.SessionTagsPolicy(tokyo)
	require.NoError(t, err)
	assert.Equal(t, want, made.Input("policy"))
	assert.Equal(t, outputs{policy: "torii-test-lab", arns: map[string]string{"": arnOf("lab.roles")}}, got)
}

func TestTeamOfNobodyHasAGroup(t *testing.T) {
	recording, _ := record(t, access.TeamArgs{})
	require.Len(t, recording.All(), 4, "team, group, its policy, and that they belong together")
}

func TestShellAndSessionKeyReachTheGroup(t *testing.T) {
	recording, _ := record(t, access.TeamArgs{Shell: true, SessionKeyARN: pulumi.String(key)})
	var written struct{ Statement []struct{ Resource []string } }
	require.NoError(t, json.Unmarshal([]byte(recording.One(t, policyType, "lab").Input("policy").(string)), &written))
	var resources []string
	for _, statement := range written.Statement {
		resources = append(resources, statement.Resource...)
	}
	assert.Contains(t, resources, key)
	assert.Contains(t, resources, "arn:aws:ssm:ap-northeast-1:123456789012:document/SSM-SessionManagerRunShell")
}

func TestAPersonWithoutIdentityIsRefused(t *testing.T) {
	_, err := recorder.Run("test", nil, func(ctx *pulumi.Context) error {
		_, err := access.NewTeam(ctx, "lab", &access.TeamArgs{People: map[string]access.Person{"ken": {}}})
		return err
	})
	require.ErrorContains(t, err, "letting ken into team lab: an IAM user's name is needed")
}

// arnOf is what the recorder answers for a policy's ARN.
func arnOf(name string) string {
	return "arn:aws:recorded:" + recorder.Region + ":" + recorder.AccountID + ":" + policyType + "/" + name
}
