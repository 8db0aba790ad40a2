package stack

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/network"
	"torii/security"
	"torii/stack/settings"
)

// load reads settings that must be right.
func load(t *testing.T, config map[string]string) settings.Settings {
	t.Helper()
	chosen, problems := settings.Load(config)
	require.NoError(t, problems.Err())
	return chosen
}

func TestFlowsOfAWebServiceBehindNAT(t *testing.T) {
	chosen := load(t, map[string]string{
		"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"]}`,
		"torii:workloads": `{"site":{"kind":"fargate"}}`,
	})
	assert.Equal(t, []security.Flow{
		{From: "internet", To: "gateway", Port: 443, Why: "clients", Open: []string{"0.0.0.0/0"}},
		{From: "internet", To: "gateway", Port: 80, Why: "redirected to HTTPS", Open: []string{"0.0.0.0/0"}},
		{From: "gateway", To: "site", Port: 80, Why: "requests and health checks"},
		{From: "site", To: "internet", Port: 443, Why: "image pulls, logs, and what the service calls"},
	}, flows(chosen))
	assert.Equal(t, []string{"gateway", "site"}, groups(chosen))
}

func TestFlowsWithoutNATGoToEndpointsAndS3Only(t *testing.T) {
	chosen := load(t, map[string]string{
		"torii:network": `{"zones":["ap-northeast-1a","ap-northeast-1c"],"nat":"none","endpoints":["ecr","logs"],"dualStack":true}`,
		"torii:workloads": `{"api":{"kind":"fargate","host":"api.example.jp","port":8080,` +
			`"image":"123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/api:1"}}`,
	})
	table := flows(chosen)
	assert.Equal(t, []security.Flow{
		{From: "internet", To: "gateway", Port: 443, Why: "clients", Open: []string{"0.0.0.0/0", "::/0"}},
		{From: "internet", To: "gateway", Port: 80, Why: "redirected to HTTPS", Open: []string{"0.0.0.0/0", "::/0"}},
		{From: "gateway", To: "api", Port: 8080, Why: "requests and health checks"},
		{From: "api", To: "endpoints", Port: 443, Why: "private ways into AWS: ecr, logs"},
		{From: "api", To: "s3", Port: 443, Why: "image layers"},
	}, table)
	assert.Equal(t, []string{"gateway", "api", "endpoints"}, groups(chosen))
	require.NoError(t, security.Check(groups(chosen), table))

	passing, err := traffic(table, chosen)
	require.NoError(t, err)
	assert.Equal(t, []network.Traffic{
		{From: network.Outside, To: network.Public, Port: 443, Ranges: []string{"0.0.0.0/0", "::/0"}},
		{From: network.Outside, To: network.Public, Port: 80, Ranges: []string{"0.0.0.0/0", "::/0"}},
		{From: network.Public, To: network.Private, Port: 8080},
		{From: network.Private, To: network.Private, Port: 443},
		{From: network.Private, To: network.Outside, Port: 443},
	}, passing)
}

func TestFlowsKeepTheirPlaceWhenAWorkloadIsAdded(t *testing.T) {
	one := load(t, map[string]string{
		"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"],"endpoints":["logs"]}`,
		"torii:workloads": `{"site":{"kind":"fargate","host":"www.example.jp"}}`,
	})
	two := load(t, map[string]string{
		"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"],"endpoints":["logs"]}`,
		"torii:workloads": `{"site":{"kind":"fargate","host":"www.example.jp"},"api":{"kind":"fargate","host":"api.example.jp","port":8000}}`,
	})
	assert.Subset(t, flows(two), flows(one))
	assert.Len(t, flows(two), len(flows(one))+3)
}

func TestFlowsOfAHub(t *testing.T) {
	chosen := load(t, map[string]string{
		"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"],"endpoints":["ssm"]}`,
		"torii:workloads": `{"hub":{"kind":"jupyterhub","admins":["aiko"]}}`,
	})
	assert.Equal(t, []security.Flow{
		{From: "internet", To: "gateway", Port: 443, Why: "clients", Open: []string{"0.0.0.0/0"}},
		{From: "internet", To: "gateway", Port: 80, Why: "redirected to HTTPS", Open: []string{"0.0.0.0/0"}},
		{From: "gateway", To: "hub", Port: 8000, Why: "browsers, websockets and health checks"},
		{From: "hub", To: "endpoints", Port: 443, Why: "private ways into AWS: ssm"},
		{From: "hub", To: "internet", Port: 443, Why: "packages, AWS, and what notebooks call"},
	}, flows(chosen))
	assert.Equal(t, []string{"gateway", "hub", "endpoints"}, groups(chosen))
}

// TestFlowsOfNotebooks: nothing leads in, whatever the way out.
func TestFlowsOfNotebooks(t *testing.T) {
	table := func(network, packages string) []security.Flow {
		chosen := load(t, map[string]string{
			"torii:network":   `{"zones":["ap-northeast-1a"]` + network + `}`,
			"torii:workloads": `{"lab":{"kind":"notebooks","people":{"aiko":1},"image":"ami-0123456789abcdef0","packages":"` + packages + `"}}`,
		})
		assert.NoError(t, security.Check(groups(chosen), flows(chosen)))
		return flows(chosen)
	}
	const sealed = `,"nat":"none","endpoints":["ssm"]`
	inside := security.Flow{From: "lab", To: "endpoints", Port: 443, Why: "private ways into AWS: ssm"}
	folder := security.Flow{From: "lab", To: "s3", Port: 443, Why: "packages"}
	assert.Equal(t, []security.Flow{
		{From: "lab", To: "internet", Port: 443, Why: "Session Manager, packages, and what notebooks call"},
	}, table("", "pypi"))
	assert.Equal(t, []security.Flow{inside, folder}, table(sealed, "s3://wheels/"))
	assert.Equal(t, []security.Flow{
		inside, folder, {From: "lab", To: "network", Port: 443, Why: "packages from packages.example.jp"},
	}, table(sealed, "https://packages.example.jp/simple/"))
	assert.Equal(t, []security.Flow{inside}, table(sealed, "none"))
}
