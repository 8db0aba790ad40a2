//go:build integration

package integration

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/localdeploy"
)

// TestNotebooks is system D: up, what AWS says, again without change, people who come and
// go and come back, machines that are replaced, and down to nothing.
func TestNotebooks(t *testing.T) {
	t.Parallel()
	s := newSite(t, "notebooks", "", "aiko", "ken", "mina")
	chosen := stackFile(t, "examples/Pulumi.notebooks.yaml")
	chosen.set("torii:security/sessionAlerts", []string{"ops@example.jp"})
	c := s.ask()
	former := s.formerKey(chosen)
	first := s.up("first up", chosen)
	assert.Equal(t, former, c.stackKey("notebooks"), "the audit's key of earlier releases is the stack's now")

	t.Run("nothing leads to them", func(t *testing.T) { c.t = t; checkUnreachable(t, c, "aiko-1", "ken-1", "ken-2") })
	t.Run("machines", func(t *testing.T) { c.t = t; checkNotebook(t, c) })
	t.Run("homes", func(t *testing.T) { c.t = t; checkHomes(t, c) })
	t.Run("tokens", func(t *testing.T) { c.t = t; checkTokens(t, c) })
	t.Run("roles", func(t *testing.T) { c.t = t; checkNotebookRole(t, c) })
	t.Run("who may what", func(t *testing.T) { c.t = t; checkAccess(t, c) })
	t.Run("audit", func(t *testing.T) { c.t = t; checkSessions(t, c, []string{"ops@example.jp"}) })
	t.Run("key", func(t *testing.T) { c.t = t; checkKey(t, c, "notebooks") })
	t.Run("operations", func(t *testing.T) { c.t = t; checkNotebookOperations(t, c) })
	t.Run("outputs", func(t *testing.T) { c.t = t; checkNotebookOutputs(t, c, first) })
	c.t = t
	s.unchanged(chosen)

	t.Run("what machines and owners do is no change", func(t *testing.T) { livesOn(t, s, c, chosen) })
	t.Run("people come and go", func(t *testing.T) { peopleComeAndGo(t, s, c, chosen) })
	t.Run("machines change, homes stay", func(t *testing.T) { machinesChange(t, s, c, chosen) })
	t.Run("what would lose homes is refused", func(t *testing.T) { refusesToLoseNotebooks(t, s, c, chosen) })
	s.destroyed(chosen)
}

// livesOn does what a machine does when it starts, and an owner in the evening.
func livesOn(t *testing.T, s *site, c clients, chosen settings) {
	c.t = t
	_, err := c.ssm.PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: aws.String("/torii/notebooks/lab/ken/2/token"), Value: aws.String("made-up-by-the-machine"),
		Type: ssmtypes.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	require.NoError(t, err)
	_, err = c.ec2.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{c.notebookID("ken-2")}})
	require.NoError(t, err)
	s.unchanged(chosen)
	assert.Equal(t, ec2types.InstanceStateNameStopped, c.notebook("ken-2").State.Name, "nobody starts it but its owner")
	assert.Equal(t, "made-up-by-the-machine", c.token("ken/2"))
}

// peopleComeAndGo adds somebody, takes somebody out and back in, and has a home deleted.
func peopleComeAndGo(t *testing.T, s *site, c clients, chosen settings) {
	c.t = t
	homes := map[string]string{"ken-1": c.homeID("ken-1"), "ken-2": c.homeID("ken-2")}
	ken1 := c.notebookID("ken-1")

	chosen.set("torii:workloads/lab/people", settings{"aiko": 1, "ken": 2, "mina": settings{"instanceType": "m6g.large"}})
	added := s.up("mina comes", chosen)
	assert.Empty(t, replaced(added))
	assert.Empty(t, updated(added), "nobody else notices")
	assert.Equal(t, ec2types.ArchitectureValuesArm64, c.notebook("mina-1").Architecture, "the image follows the type")
	assert.Equal(t, []string{"aiko", "ken", "mina"}, c.members())

	chosen.set("torii:workloads/lab/people", settings{"aiko": 1, "mina": settings{"instanceType": "m6g.large"}})
	left := s.up("ken leaves", chosen)
	assert.Empty(t, updated(left))
	assert.Equal(t, ec2types.InstanceStateNameTerminated, c.instance(ken1).State.Name)
	assert.Equal(t, homes, map[string]string{"ken-1": c.homeID("ken-1"), "ken-2": c.homeID("ken-2")}, "the homes are kept")
	assert.Equal(t, ec2types.VolumeStateAvailable, c.home("ken-1").State)
	assert.Equal(t, map[string]any{"ken-1": homes["ken-1"], "ken-2": homes["ken-2"]}, left.Outputs["keptHomes"].Value.(map[string]any)["lab"])
	assert.Equal(t, []string{"aiko", "mina"}, c.members())
	assert.Empty(t, c.policiesOf("ken"), "ken may nothing any more")
	assert.Empty(t, c.parametersBelow("/torii/notebooks/lab/ken/"))
	s.unchanged(chosen)

	chosen.set("torii:workloads/lab/people/ken", 1)
	back := s.up("ken comes back", chosen)
	assert.Empty(t, updated(back))
	assert.Equal(t, homes["ken-1"], c.homeID("ken-1"), "to the old home")
	assert.Equal(t, []string{homes["ken-1"]}, c.volumesOf("ken-1"))
	assert.Equal(t, map[string]any{"ken-2": homes["ken-2"]}, back.Outputs["keptHomes"].Value.(map[string]any)["lab"])

	chosen.set("torii:workloads/lab/deleteHomes", []string{"ken-2"})
	deleted := s.up("a home is given up", chosen)
	assert.Equal(t, []string{"delete aws:ebs/volume:Volume lab-ken-2-home"}, replaced(deleted))
	assert.Empty(t, c.homesNamed("ken-2"))
	s.unchanged(chosen)
}

// machinesChange gives notebooks another type, another size and another image.
func machinesChange(t *testing.T, s *site, c clients, chosen settings) {
	c.t = t
	home, machine := c.homeID("ken-1"), c.notebookID("ken-1")
	chosen.set("torii:workloads/lab/people/ken", map[string]any{"instanceType": "m5.xlarge", "homeGiB": 120})
	larger := s.up("a larger machine", chosen)
	assert.Empty(t, replaced(larger))
	assert.ElementsMatch(t, []string{"aws:ebs/volume:Volume lab-ken-1-home", "aws:ec2/instance:Instance lab-ken-1"}, updated(larger))
	assert.Equal(t, machine, c.notebookID("ken-1"))
	assert.Equal(t, ec2types.InstanceTypeM5Xlarge, c.notebook("ken-1").InstanceType)
	assert.Equal(t, int32(120), aws.ToInt32(c.home("ken-1").Size))
	s.unchanged(chosen)

	other := c.otherImage("ken-1")
	// One image is for one architecture, and mina's is another.
	delete(chosen["torii:workloads"].(settings)["lab"].(settings)["people"].(settings), "mina")
	chosen.set("torii:workloads/lab/image", other)
	moved := s.up("another image", chosen)
	assert.NotContains(t, replaced(moved), "delete aws:ebs/volume:Volume lab-ken-1-home")
	assert.NotEqual(t, machine, c.notebookID("ken-1"))
	assert.Equal(t, ec2types.InstanceStateNameTerminated, c.instance(machine).State.Name)
	assert.Equal(t, []string{home}, c.volumesOf("ken-1"), "the same home on the new machine")
	s.unchanged(chosen)
}

// refusesToLoseNotebooks tries what AWS would answer with an empty home, or not at all.
func refusesToLoseNotebooks(t *testing.T, s *site, c clients, chosen settings) {
	c.t = t
	home := c.homeID("ken-1")
	lab := chosen["torii:workloads"].(settings)["lab"].(settings)
	standing, err := s.server.Resources(t.Context())
	require.NoError(t, err)
	refused := func(key string, value any, want string) {
		t.Helper()
		before, given := lab[key]
		lab[key] = value
		_, err := localdeploy.Up(t.Context(), s.spec(chosen))
		require.ErrorContains(t, err, want)
		delete(lab, key)
		if given {
			lab[key] = before
		}
	}
	ken := func(more map[string]any) map[string]any { return map[string]any{"aiko": 1, "ken": more} }
	refused("people", ken(map[string]any{"homeGiB": 40}), "torii:workloads.lab.people.ken.homeGiB: 40 is less than volume "+home+
		" of notebook ken-1 has, and volumes cannot shrink; choose 120 or more")
	refused("people", ken(map[string]any{"homeGiB": 120, "instanceType": "t9.large"}),
		"torii:workloads.lab.people.ken.instanceType: t9.large cannot be had in this region")
	refused("people", map[string]any{"aiko": 1, "ken": map[string]any{"homeGiB": 120}, "taro": 1},
		"torii:workloads.lab.people.taro: AWS gives no IAM user taro: ")
	refused("zone", "ap-northeast-1c", "torii:workloads.lab.zone: ap-northeast-1c is not where volume "+home+" of notebook ken-1 is")
	refused("restoreFrom", map[string]any{"ken-1": "snap-0123456789abcdef0"},
		"torii:workloads.lab.restoreFrom.ken-1: snap-0123456789abcdef0 cannot be found")
	people := lab["people"]
	lab["people"] = map[string]any{"aiko": 1}
	refused("deleteHomes", []string{"ken-1"}, "torii:workloads.lab.deleteHomes[0]: ken-1 still has its notebook; ")
	lab["people"] = people

	after, err := s.server.Resources(t.Context())
	require.NoError(t, err)
	assert.Equal(t, standing, after, "a refused change changes nothing")
	s.refusesDestroy(chosen)
}
