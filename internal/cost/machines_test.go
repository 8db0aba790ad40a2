package cost

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGroupsCountAtTheirSmallest(t *testing.T) {
	template := func(name string) Resource {
		return given(t, templateToken, name, `{"instanceType":"t3.micro","monitoring":{"enabled":true},
			"blockDeviceMappings":[{"deviceName":"/dev/xvda","ebs":{"volumeType":"gp3","volumeSize":20}}]}`)
	}
	group := func(least string, dependsOn ...string) Resource {
		return given(t, groupToken, "web", `{"minSize":`+least+`,"desiredCapacity":5,"maxSize":9}`, dependsOn...)
	}
	web := urn(templateToken, "web")
	want := []billed{
		{"instance t3.micro", "web ×2", 1460, "hour", 19.86},
		{"gp3 volumes", "web 20 ×2", 40, "GB-month", 3.84},
		{"metrics each minute, of machines", "web ×2", 14, "metric-month", 4.20},
	}
	assert.Equal(t, want, lines(load(t).Of([]Resource{group("2", web), template("web")})))

	// Which of several templates is its own, the name says.
	two := []Resource{group("2", urn(templateToken, "nat"), web), template("web"), template("nat")}
	assert.Equal(t, want, lines(load(t).Of(two)))

	// One that is empty until somebody starts a machine: 40 hours of one, disk and metrics too.
	assert.Equal(t, []billed{
		{"instance t3.micro", "web", 40, "hour", 0.54},
		{"gp3 volumes", "web 20", 1.0959, "GB-month", 0.11},
		{"metrics each minute, of machines", "web", 0.3836, "metric-month", 0.12},
	}, lines(load(t).Of([]Resource{group("0", web), template("web")})))

	never := given(t, groupToken, "web", `{"minSize":0,"maxSize":0}`, web)
	assert.Empty(t, load(t).Of([]Resource{never, template("web")}).Lines)

	lost := load(t).Of([]Resource{group("2", urn(templateToken, "gone"))})
	assert.Empty(t, lost.Lines)
	assert.Equal(t, []string{"web (aws:autoscaling/group) has machines, and no launch template that is known"}, lost.NotCounted)
}

func TestAHubsMachineSendsMetrics(t *testing.T) {
	metrics := func(tagged string) []billed {
		template := given(t, templateToken, "hub", `{"instanceType":"t3.large","tagSpecifications":[`+tagged+`],
			"blockDeviceMappings":[{"ebs":{"volumeType":"gp3","volumeSize":30}}]}`)
		group := given(t, groupToken, "hub", `{"minSize":1,"maxSize":1}`, template.URN)
		return lines(load(t).Of([]Resource{group, template}))[2:]
	}
	assert.Equal(t, []billed{{"custom metrics", "hub ×5", 5, "metric-month", 1.50}},
		metrics(`{"resourceType":"volume","tags":{}},{"resourceType":"instance","tags":{"ToriiData":"torii-prod-hub"}}`))
	assert.Empty(t, metrics(`{"resourceType":"instance","tags":{"Name":"torii-prod-web"}}`))
	assert.Empty(t, metrics(``))
}

func TestServicesCountAtTheirFewestTasks(t *testing.T) {
	service := given(t, serviceToken, "site", `{"launchType":"FARGATE","desiredCount":2}`, urn(taskToken, "site"))
	tasks := func(platform string) Resource {
		return given(t, taskToken, "site", `{"cpu":"512","memory":"1024"`+platform+`}`)
	}
	intel := []billed{
		{"Fargate, processors", "site ×2", 730, "vCPU-hour", 36.91},
		{"Fargate, memory", "site ×2", 1460, "GB-hour", 8.07},
	}
	assert.Equal(t, intel, lines(load(t).Of([]Resource{service, tasks("")})))
	assert.Equal(t, []billed{
		{"Fargate on ARM, processors", "site ×2", 730, "vCPU-hour", 29.53},
		{"Fargate on ARM, memory", "site ×2", 1460, "GB-hour", 6.45},
	}, lines(load(t).Of([]Resource{service, tasks(`,"runtimePlatform":{"cpuArchitecture":"ARM64","operatingSystemFamily":"LINUX"}`)})))

	// Where it scales, the target's minimum counts; another service's does not.
	scaled := given(t, targetToken, "site", `{"minCapacity":4,"maxCapacity":9}`, service.URN)
	other := given(t, targetToken, "api", `{"minCapacity":7}`, urn(serviceToken, "api"))
	assert.Equal(t, billed{"Fargate, processors", "site ×4", 1460, "vCPU-hour", 73.82},
		lines(load(t).Of([]Resource{service, tasks(""), scaled, other}))[0])

	onInstances := given(t, serviceToken, "site", `{"launchType":"EC2","desiredCount":2}`)
	assert.Empty(t, load(t).Of([]Resource{onInstances}).Lines)

	for want, resources := range map[string][]Resource{
		"site (aws:ecs/service) has tasks, and it is not known how many or how large": {service},
		"site (aws:ecs/service) has tasks on WINDOWS_SERVER_2022_CORE, which has no price here": {
			service, tasks(`,"runtimePlatform":{"operatingSystemFamily":"WINDOWS_SERVER_2022_CORE"}`),
		},
		"site (aws:ecs/service) runs on capacity providers, which have no price here": {
			given(t, serviceToken, "site", `{"capacityProviderStrategies":[{"capacityProvider":"FARGATE_SPOT"}]}`), tasks(""),
		},
	} {
		bill := load(t).Of(resources)
		assert.Empty(t, bill.Lines, want)
		assert.Equal(t, []string{want}, bill.NotCounted)
	}
}

// TestNotebooksThatStopThemselves count for the hours that people work; others day and night.
func TestNotebooksThatStopThemselves(t *testing.T) {
	notebook := given(t, instanceToken, "lab-ken-1", `{"instanceType":"t3.large","instanceInitiatedShutdownBehavior":"stop",
		"rootBlockDevice":{"volumeType":"gp3","volumeSize":30}}`, urn(parameterType, "lab-settings"))
	disk := billed{"gp3 volumes", "lab-ken-1 30", 30, "GB-month", 2.88}
	settings := func(minutes string) Resource {
		return given(t, parameterType, "lab-settings", `{"insecureValue":"{\"idleMinutes\":`+minutes+`}"}`)
	}
	assert.Equal(t, []billed{{"instance t3.large", "lab-ken-1", 168, "hour", 18.28}, disk},
		lines(load(t).Of([]Resource{notebook, settings("60")})))
	always := []billed{{"instance t3.large", "lab-ken-1", 730, "hour", 79.42}, disk}
	assert.Equal(t, always, lines(load(t).Of([]Resource{notebook, settings("0")})))
	assert.Equal(t, always, lines(load(t).Of([]Resource{notebook})))
}
