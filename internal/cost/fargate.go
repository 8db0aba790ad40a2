package cost

import "slices"

// Units of a task definition in one of what is billed.
const (
	unitsPerVCPU = 1024
	mibPerGB     = 1024
)

// fargate bills a service's tasks at their fewest. What runs on instances is billed with them.
func (l *ledger) fargate(r Resource) {
	if strategies := value(r.Inputs, "capacityProviderStrategies"); strategies != nil {
		l.lack(r, "runs on capacity providers, which have no price here")
		return
	}
	if text(value(r.Inputs, "launchType")) != "FARGATE" {
		return
	}
	definitions := l.behind(r, "aws:ecs/taskDefinition")
	tasks, known := l.tasks(r)
	if len(definitions) != 1 || !known {
		l.lack(r, "has tasks, and it is not known how many or how large")
		return
	}
	definition := definitions[0].Inputs
	units, knowsCPU := number(value(definition, "cpu"))
	mib, knowsMemory := number(value(definition, "memory"))
	system := text(value(definition, "runtimePlatform", "operatingSystemFamily"))
	switch {
	case !knowsCPU || !knowsMemory:
		l.lack(r, "has tasks, and it is not known how large")
		return
	case system != "" && system != "LINUX":
		l.lack(r, "has tasks on "+system+", which has no price here")
		return
	}
	if value(definition, "ephemeralStorage") != nil {
		l.lack(r, "has more storage than tasks have unasked, for which no price is here")
	}
	kind := "fargate"
	if text(value(definition, "runtimePlatform", "cpuArchitecture")) == "ARM64" {
		kind = "fargate-arm"
	}
	hours := l.prices.Basis.HoursPerMonth
	l.add(kind+"-vcpu", tasks*units/unitsPerVCPU*hours, times(r.Name, tasks))
	l.add(kind+"-gb", tasks*mib/mibPerGB*hours, times(r.Name, tasks))
}

// cluster costs nothing but the metrics that Container Insights makes.
func (l *ledger) cluster(r Resource) {
	for i := range list(value(r.Inputs, "settings")) {
		insights := text(value(r.Inputs, "settings", i, "value"))
		if insights == "enabled" || insights == "enhanced" {
			l.present["aws:ecs/cluster:containerInsights"] = true
		}
	}
}

// tasks is the fewest that a service has. Where it scales, its own number is that of one
// day, which nobody looks at again.
func (l *ledger) tasks(service Resource) (float64, bool) {
	for _, each := range l.resources {
		if kindOf(each.Type) != "aws:appautoscaling/target" {
			continue
		}
		scaled := l.behind(each, "aws:ecs/service")
		if slices.ContainsFunc(scaled, func(r Resource) bool { return r.Name == service.Name && r.URN == service.URN }) {
			return number(value(each.Inputs, "minCapacity"))
		}
	}
	return number(value(service.Inputs, "desiredCount"))
}
