package settings

import "slices"

// Workload is one entry of torii:workloads. Kind says which of the others is set.
type Workload struct {
	Kind       string
	Fargate    *Fargate
	JupyterHub *JupyterHub
	Notebooks  *Notebooks
	Fleet      *Fleet
}

// Kinds of workloads.
const (
	KindFargate    = "fargate"    // a web service on ECS Fargate
	KindJupyterHub = "jupyterhub" // a JupyterHub on EC2
	KindNotebooks  = "notebooks"  // a team's machines of their own, reached through Session Manager only
	KindFleet      = "fleet"      // web servers in an Auto Scaling group
)

// kinds makes, for each kind, a workload that says nothing.
var kinds = map[string]func() Workload{
	KindFargate: func() Workload {
		fargate := defaultFargate()
		return Workload{Kind: KindFargate, Fargate: &fargate}
	},
	KindJupyterHub: func() Workload {
		hub := defaultJupyterHub()
		return Workload{Kind: KindJupyterHub, JupyterHub: &hub}
	},
	KindNotebooks: func() Workload {
		notebooks := defaultNotebooks()
		return Workload{Kind: KindNotebooks, Notebooks: &notebooks}
	},
	KindFleet: func() Workload {
		fleet := defaultFleet()
		return Workload{Kind: KindFleet, Fleet: &fleet}
	},
}

// kindSettings is what every kind's settings can be asked.
type kindSettings interface {
	// check reports the rules that they break; at is their path and a dot.
	check(ps *Problems, at string, s Settings, region string)
	// site is the host that they answer at, "" for the load balancer's own name, and
	// whether they are reached through the gate at all.
	site() (host string, behindGate bool)
	// endpoints are the private ways into AWS that they need when there is no other way
	// out.
	endpoints(s Settings) []string
}

// chosen is the settings of the workload's kind, or nil when its kind is wrong.
func (w Workload) chosen() kindSettings {
	switch {
	case w.Fargate != nil:
		return w.Fargate
	case w.JupyterHub != nil:
		return w.JupyterHub
	case w.Notebooks != nil:
		return w.Notebooks
	case w.Fleet != nil:
		return w.Fleet
	}
	return nil
}

// Site is the host that a workload answers at, "" for the load balancer's own name, and
// whether it is reached through the gate at all.
func (w Workload) Site() (host string, behindGate bool) {
	if chosen := w.chosen(); chosen != nil {
		return chosen.site()
	}
	return "", false
}

// HasGate says whether any workload is reached through the gate.
func (s Settings) HasGate() bool {
	return slices.ContainsFunc(s.Names(), func(name string) bool {
		_, behindGate := s.Workloads[name].Site()
		return behindGate
	})
}

// HasJupyterHub says whether there is a JupyterHub, which asks more patience of the gate.
func (s Settings) HasJupyterHub() bool {
	return slices.ContainsFunc(s.Names(), func(name string) bool { return s.Workloads[name].JupyterHub != nil })
}
