//go:build integration

package integration

// battery is an example whose deployments are disturbed, and the forms that it goes through: made, more of it, another
// again.
type battery struct {
	example string
	domain  string // "" for none
	forms   []func(chosen settings)
}

// batteries are those with people's data: notebooks, their homes and the record of their sessions, as all of that is
// quickly made; and a hub with its volume behind the gate.
var batteries = []battery{
	{example: "notebooks", forms: []func(settings){
		func(chosen settings) { chosen.set("torii:workloads/lab/people", settings{"aiko": 1}) },
		func(chosen settings) { // another home and machine, and a bastion
			chosen.set("torii:workloads/lab/people", settings{"aiko": 2})
			chosen.set("torii:bastion/enabled", true)
		},
		func(chosen settings) { // the same machines anew
			chosen.set("torii:workloads/lab/people", settings{"aiko": 2})
			chosen.set("torii:workloads/lab/idleMinutes", 30)
		},
	}},
	{example: "jupyterhub", domain: "example.jp", forms: []func(settings){
		func(settings) {},
		func(chosen settings) { // a larger volume, and endpoints for its machine
			chosen.set("torii:workloads/hub/homeGiB", 200)
			chosen.set("torii:network/endpoints", []string{"ssm", "logs"})
		},
		func(chosen settings) { // another machine, another way out
			chosen.set("torii:workloads/hub/homeGiB", 200)
			chosen.set("torii:workloads/hub/image", "newest-2")
			chosen.set("torii:network/nat", "instance")
		},
	}},
}
