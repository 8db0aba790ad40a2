package settings

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// team loads a stack of notebooks: the JSON text of its workloads.
func team(t *testing.T, workloads string) Settings {
	t.Helper()
	chosen, problems := Load(map[string]string{"torii:network": `{"zones":["ap-northeast-1a","ap-northeast-1c"]}`, "torii:workloads": workloads})
	require.NoError(t, problems.Err())
	return chosen
}

func TestNotebooksDefaults(t *testing.T) {
	chosen := team(t, `{"lab":{"kind":"notebooks","people":{"aiko":null,"ken":2}}}`)
	assert.Equal(t, Workload{Kind: "notebooks", Notebooks: &Notebooks{
		Kind: "notebooks",
		People: map[string]Person{
			"aiko": {Notebooks: 1, Identity: "aiko", InstanceType: "t3.large", HomeGiB: 50},
			"ken":  {Notebooks: 2, Identity: "ken", InstanceType: "t3.large", HomeGiB: 50},
		},
		InstanceType: "t3.large", Image: "newest-1", HomeGiB: 50, SnapshotDays: 14, FinalSnapshot: true,
		Access: "users", Packages: "pypi", IdleMinutes: 60,
	}}, chosen.Workloads["lab"])
	assert.False(t, chosen.HasGate())
	assert.True(t, chosen.HasNotebooks())
}

func TestPeopleSayWhatIsTheirOwn(t *testing.T) {
	chosen := team(t, `{"lab":{"kind":"notebooks","instanceType":"m6i.large","homeGiB":80,"people":{
		"aiko":{"identity":"aiko.tanaka@example.jp","homeGiB":200},
		"ken":{"notebooks":3,"instanceType":"g5.xlarge"}}}}`)
	assert.Equal(t, map[string]Person{
		"aiko": {Notebooks: 1, Identity: "aiko.tanaka@example.jp", InstanceType: "m6i.large", HomeGiB: 200},
		"ken":  {Notebooks: 3, Identity: "ken", InstanceType: "g5.xlarge", HomeGiB: 80},
	}, chosen.Workloads["lab"].Notebooks.People)
}

func TestATeamMayBeEmpty(t *testing.T) {
	chosen := team(t, `{"lab":{"kind":"notebooks","people":{},"deleteHomes":["ken-1"]}}`)
	assert.Empty(t, chosen.Workloads["lab"].Notebooks.Names())
	assert.NotNil(t, chosen.Workloads["lab"].Notebooks.People)
	assert.Equal(t, map[string]map[string]int{"lab": {}}, chosen.LocalPorts())
}

func TestNamesGoByNumber(t *testing.T) {
	lab := team(t, `{"lab":{"kind":"notebooks","people":{"ken":11,"ken-1":1,"aiko":1}}}`).Workloads["lab"].Notebooks
	assert.Equal(t, []string{
		"aiko-1", "ken-1", "ken-2", "ken-3", "ken-4", "ken-5", "ken-6", "ken-7", "ken-8", "ken-9", "ken-10", "ken-11", "ken-1-1",
	}, lab.Names())
}

// TestLocalPortsClashForNobody: ken works in two teams of the stack, under another name in one of them.
func TestLocalPortsClashForNobody(t *testing.T) {
	chosen := team(t, `{
		"lab":{"kind":"notebooks","people":{"ken":11,"aiko":2}},
		"ocean":{"kind":"notebooks","people":{"kenta":{"notebooks":2,"identity":"ken"},"aiko":1}},
		"zoo":{"kind":"fargate"}}`)
	assert.Equal(t, map[string]map[string]int{
		"lab": {
			"aiko-1": 58888, "aiko-2": 58889,
			"ken-1": 58888, "ken-2": 58889, "ken-3": 58890, "ken-4": 58891, "ken-5": 58892, "ken-6": 58893,
			"ken-7": 58894, "ken-8": 58895, "ken-9": 58896, "ken-10": 58897, "ken-11": 58898,
		},
		"ocean": {"aiko-1": 58890, "kenta-1": 58899, "kenta-2": 58900},
	}, chosen.LocalPorts())
}

func TestSessionsAreAuditedWhereSomebodyWantsToKnow(t *testing.T) {
	for name, c := range map[string]struct {
		workloads, security, bastion string
		want                         bool
	}{
		"notebooks":           {`{"lab":{"kind":"notebooks","people":{"ken":1}}}`, `{}`, `{}`, true},
		"a bastion":           {`{"site":{"kind":"fargate"}}`, `{}`, `{"enabled":true}`, true},
		"no bastion":          {`{"site":{"kind":"fargate"}}`, `{}`, `{"users":["aiko"]}`, false},
		"notebooks of nobody": {`{"lab":{"kind":"notebooks","people":{}}}`, `{}`, `{}`, true},
		"alerts":              {`{"site":{"kind":"fargate"}}`, `{"sessionAlerts":["ops@example.jp"]}`, `{}`, true},
		"neither":             {`{"site":{"kind":"fargate"}}`, `{"trail":"stack","trailDays":30}`, `{}`, false},
	} {
		chosen, problems := Load(map[string]string{
			"torii:network":   `{"zones":["ap-northeast-1a","ap-northeast-1c"]}`,
			"torii:workloads": c.workloads, "torii:security": c.security, "torii:bastion": c.bastion,
		})
		require.NoError(t, problems.Err())
		assert.Equal(t, c.want, chosen.AuditsSessions(), name)
	}
}

func TestNotebooksWithNoWayOutNeedEndpoints(t *testing.T) {
	for security, want := range map[string][]string{
		`{}`:                          {"ssm"},
		`{"sessionPreferences":true}`: {"ssm", "kms"},
	} {
		chosen, problems := Load(map[string]string{
			"torii:network":   `{"zones":["ap-northeast-1a"]}`,
			"torii:security":  security,
			"torii:workloads": `{"lab":{"kind":"notebooks","people":{"ken":1}}}`,
		})
		require.NoError(t, problems.Err())
		assert.Equal(t, want, chosen.Workloads["lab"].chosen().endpoints(chosen))
	}
}

func TestPackagesComeFromASafePlace(t *testing.T) {
	for source, right := range map[string]bool{
		"pypi": true, "none": true,
		"https://packages.example.jp/simple/": true, "https://packages.example.jp/": true,
		"https://10.0.3.4/simple/": true,
		"s3://wheels-of-ours/":     true, "s3://wheels-of-ours/python/3.11/": true,
		"":                                        false,
		"http://packages.example.jp/simple/":      false,
		"https://packages.example.jp/simple":      false,
		"https://packages.example.jp:8443/s/":     false,
		"https://me:pw@packages.example.jp/s/":    false,
		"https://packages.example.jp/s/?a=b":      false,
		"https://packages.example.jp/s/#a":        false,
		"https://packages.example.jp/$(reboot)/":  false,
		"https://packages.example.jp/a%20b/":      false,
		"https://packages.example.jp/a' --foo/":   false,
		"https://packages/simple/":                false,
		"s3://wheels-of-ours":                     false,
		"s3://wheels-of-ours/python":              false,
		"s3://Wheels/python/":                     false,
		"s3://wheels-of-ours/$HOME/":              false,
		"s3://wheels-of-ours//":                   false,
		"ftp://wheels.example.jp/":                false,
		"https://packages.example.jp/simple/\n/a": false,
	} {
		var ps Problems
		checkPackages(&ps, "at", source, NATGateway)
		assert.Equal(t, right, len(ps) == 0, "%q: %v", source, ps)
	}
}
