package recovery

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	vpc    = "aws:ec2/vpc:Vpc"
	role   = "aws:iam/role:Role"
	volume = "aws:ebs/volume:Volume"
)

func urn(token, name string) string {
	return "urn:pulumi:dev::torii::torii:network:Network$" + token + "::" + name
}

func resource(token, name, id string) string {
	return fmt.Sprintf(`{"urn": %q, "custom": true, "type": %q, "id": %q, "parent": "p", "protect": true, "sequenceNumber": 12345678901234567890,
		"inputs": {"__defaults": ["name"], "name": "%s-1111111", "tags": {"Name": "torii-dev-%s"}}}`, urn(token, name), token, id, name, name)
}

func read(t *testing.T, resources, operations string) *State {
	t.Helper()
	state, err := Read([]byte(`{"manifest": {"time": "2026-11-22T12:00:00Z"}, "resources": [{"urn": "urn:pulumi:dev::torii::pulumi:pulumi:Stack::torii-dev",
		"type": "pulumi:pulumi:Stack"}` + resources + `], "pending_operations": [` + operations + `]}`))
	require.NoError(t, err)
	return state
}

func creating(resource string) string { return `{"type": "creating", "resource": ` + resource + `}` }

// has is an AWS with some things.
func has(things ...Thing) listOf {
	return func(_ context.Context, token string) ([]Thing, error) {
		var of []Thing
		for _, each := range things {
			if each.Type == token {
				of = append(of, each)
			}
		}
		return of, nil
	}
}

func thing(token, id, name string) Thing {
	return Thing{Type: token, ID: id, Key: "torii-dev-" + name}
}

func lines(findings []Finding) []string {
	var all []string
	for _, each := range findings {
		all = append(all, each.String())
	}
	return all
}

func TestWhatBecameOfACreation(t *testing.T) {
	made := time.Date(2026, 11, 22, 11, 59, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		state, pending string
		wanted         []map[string]any
		aws            []Thing
		want           []string
	}{
		"AWS has it": {pending: creating(resource(vpc, "net", "")), aws: []Thing{thing(vpc, "vpc-1", "net")},
			want: []string{"made     aws:ec2/vpc:Vpc net: AWS has it as vpc-1"}},
		"AWS has it not": {pending: creating(resource(vpc, "net", "")), aws: []Thing{thing(vpc, "vpc-1", "other")},
			want: []string{"not made aws:ec2/vpc:Vpc net: AWS has nothing of the kind",
				"stranger aws:ec2/vpc:Vpc : vpc-1 (torii-dev-other) carries the stack's tags, and neither its state nor the program know of it"}},
		"the state has it, and its replacement was cut off": {state: resource(vpc, "net", "vpc-1"), pending: creating(resource(vpc, "net", "")),
			aws: []Thing{thing(vpc, "vpc-1", "net")}, want: []string{"not made aws:ec2/vpc:Vpc net: AWS has nothing of the kind"}},
		"a request was repeated": {pending: creating(resource(vpc, "net", "")), aws: []Thing{thing(vpc, "vpc-1", "net"), thing(vpc, "vpc-2", "net")},
			want: []string{"made     aws:ec2/vpc:Vpc net: AWS has it as vpc-1", "twice    aws:ec2/vpc:Vpc net: AWS has it again as vpc-2"}},
		"a name tells": {pending: creating(resource(role, "hub", "")), aws: []Thing{
			{Type: role, ID: "hub-1111111", Name: "hub-1111111", Key: "torii-dev-hub"}},
			want: []string{"made     aws:iam/role:Role hub: AWS has it as hub-1111111"}},
		"nobody noted it": {wanted: []map[string]any{{"urn": urn(role, "hub"), "type": role, "custom": true,
			"inputs": map[string]any{"name": "hub-2222222", "tags": map[string]any{"Name": "torii-dev-hub"}}}},
			aws:  []Thing{{Type: role, ID: "hub-1111111", Name: "hub-1111111", Key: "torii-dev-hub"}},
			want: []string{"made     aws:iam/role:Role hub: AWS has it as hub-1111111"}},
		"beside that in the state": {state: resource(vpc, "net", "vpc-1"), aws: []Thing{thing(vpc, "vpc-1", "net"), thing(vpc, "vpc-2", "net")},
			want: []string{"twice    aws:ec2/vpc:Vpc net: AWS has it again as vpc-2"}},
		"data is not deleted": {state: resource(volume, "home", "vol-1"), aws: []Thing{thing(volume, "vol-1", "home"), thing(volume, "vol-2", "home")},
			want: []string{"look     aws:ebs/volume:Volume home: AWS has vol-2 beside vol-1; delete it if it neither holds nor encrypts what is needed"}},
		"several that may hold data": {pending: creating(resource(volume, "home", "")), aws: []Thing{
			{Type: volume, ID: "vol-1", Key: "torii-dev-home", Made: made}, {Type: volume, ID: "vol-2", Key: "torii-dev-home", Made: made}},
			want: []string{"look     aws:ebs/volume:Volume home: AWS has several: vol-1, vol-2; delete all but one, which may hold data, and ask again"}},
		"of somebody who left": {pending: creating(resource(volume, "home", "")), aws: []Thing{
			{Type: volume, ID: "vol-1", Key: "torii-dev-home", Made: made.Add(-24 * time.Hour)}},
			want: []string{"not made aws:ebs/volume:Volume home: AWS has nothing of the kind",
				"stranger aws:ebs/volume:Volume : vol-1 (torii-dev-home) carries the stack's tags, and neither its state nor the program know of it; " +
					"it may hold data, or be the key to some"}},
		"of a stack that was destroyed a little earlier": {
			state:   `{"urn": "u", "type": "torii:network:VPC", "created": "2026-11-22T11:59:30Z"}`,
			pending: creating(resource(volume, "home", "")), aws: []Thing{
				{Type: volume, ID: "vol-1", Key: "torii-dev-home", Made: made.Add(-time.Minute)},
				{Type: volume, ID: "vol-2", Key: "torii-dev-home", Made: made.Add(time.Minute)}},
			want: []string{"made     aws:ebs/volume:Volume home: AWS has it as vol-2",
				"stranger aws:ebs/volume:Volume : vol-1 (torii-dev-home) carries the stack's tags, and neither its state nor the program know of it; " +
					"it may hold data, or be the key to some"}},
		"a record whose name ends with a dot": {
			state: `{"urn": "urn:pulumi:dev::torii::aws:route53/record:Record::proof", "type": "aws:route53/record:Record", "custom": true,
				"id": "Z1__proof.example.jp._CNAME", "inputs": {"zoneId": "Z1", "name": "_proof.example.jp.", "type": "CNAME"}}`,
			aws: []Thing{{Type: record, ID: "Z1__proof.example.jp_CNAME", Key: "z1 _proof.example.jp cname"}}},
		"disks of machines": {aws: []Thing{{Type: volume, ID: "vol-1", Key: "torii-dev-hub", Used: true}}},
		"may be repeated": {pending: creating(resource("aws:s3/bucketPolicy:BucketPolicy", "b", "")),
			want: []string{"repeats  aws:s3/bucketPolicy:BucketPolicy b: it writes a setting of something else, and writing it again changes nothing"}},
		"of an unknown type": {pending: creating(resource("aws:x/y:Y", "y", "")),
			want: []string{"look     aws:x/y:Y y: nothing here knows its type; see in AWS's console whether it was made, and delete it there before the next update"}},
		"an update": {pending: `{"type": "updating", "resource": ` + resource(vpc, "net", "vpc-1") + `}`},
	} {
		t.Run(name, func(t *testing.T) {
			if c.state != "" {
				c.state = "," + c.state
			}
			found, err := examine(t.Context(), read(t, c.state, c.pending), c.wanted, has(c.aws...))
			require.NoError(t, err)
			assert.Equal(t, c.want, lines(found))
		})
	}
}

// applied is what the state has after what was found was put into it, without what stays as it was.
func applied(t *testing.T, resources, operations string, aws ...Thing) []map[string]any {
	t.Helper()
	state := read(t, resources, operations)
	found, err := examine(t.Context(), state, nil, has(aws...))
	require.NoError(t, err)
	state.Apply(found)
	text, err := state.JSON()
	require.NoError(t, err)
	assert.NotContains(t, string(text), "pending_operations")
	assert.Contains(t, string(text), "12345678901234567890", "numbers stay as they are")
	again, err := Read(text)
	require.NoError(t, err)
	return again.resources()[1:]
}

func TestWhatWasMadeIsInTheState(t *testing.T) {
	all := applied(t, "", creating(resource(role, "hub", "")),
		Thing{Type: role, ID: "hub-1111111", Name: "hub-1111111", Key: "torii-dev-hub", Props: map[string]any{"name": "hub-1111111", "arn": "arn:1"}})
	require.Len(t, all, 1)
	assert.Equal(t, "hub-1111111", all[0]["id"])
	assert.Equal(t, map[string]any{"__defaults": []any{"name"}, "name": "hub-1111111", "tags": map[string]any{"Name": "torii-dev-hub"}}, all[0]["inputs"])
	assert.Equal(t, map[string]any{"id": "hub-1111111", "arn": "arn:1", "name": "hub-1111111", "tags": map[string]any{"Name": "torii-dev-hub"}}, all[0]["outputs"])
}

func TestAReplacementTakesItsPlace(t *testing.T) {
	aws := []Thing{thing(vpc, "vpc-1", "net"), thing(vpc, "vpc-2", "net")}
	all := applied(t, ","+resource(vpc, "net", "vpc-1"), creating(resource(vpc, "net", "")), aws...)
	require.Len(t, all, 2)
	assert.Equal(t, []any{"vpc-2", nil, "vpc-1", true}, []any{all[0]["id"], all[0]["delete"], all[1]["id"], all[1]["delete"]})
}

func TestASecondOneIsToBeDeleted(t *testing.T) {
	all := applied(t, ","+resource(vpc, "net", "vpc-1"), "", thing(vpc, "vpc-1", "net"), thing(vpc, "vpc-2", "net"))
	require.Len(t, all, 2)
	assert.Equal(t, []any{"vpc-1", nil, true}, []any{all[0]["id"], all[0]["delete"], all[0]["protect"]})
	assert.Equal(t, []any{"vpc-2", true, nil}, []any{all[1]["id"], all[1]["delete"], all[1]["protect"]})
}

// TestARecordHasTheNameThatTheProviderKeeps: with another one, the next update would make it anew and then delete it.
func TestARecordHasTheNameThatTheProviderKeeps(t *testing.T) {
	const proof = `{"urn": "urn:pulumi:dev::torii::aws:route53/record:Record::proof", "type": "aws:route53/record:Record", "custom": true,
		"inputs": {"zoneId": "Z1", "name": "_Proof.example.jp.", "type": "CNAME"}}`
	all := applied(t, "", `{"type": "creating", "resource": {"note": 12345678901234567890, `+proof[1:]+`}`,
		Thing{Type: record, ID: "Z1__Proof.example.jp._CNAME", Key: "z1 _proof.example.jp cname"})
	require.Len(t, all, 1)
	assert.Equal(t, "_Proof.example.jp.", text(object(all[0]["inputs"]), "name"))
	assert.Equal(t, "_proof.example.jp", text(object(all[0]["outputs"]), "name"))
}
