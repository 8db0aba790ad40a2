package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Outputs are those of a stack's outputs that tell what there is to check. README says what each is.
type Outputs struct {
	VPCID            string                         `json:"vpcId"`
	PrivateSubnetIDs []string                       `json:"privateSubnetIds"`
	URLs             map[string]string              `json:"urls"`
	Flows            []Flow                         `json:"flows"`
	LoadBalancerARN  string                         `json:"loadBalancerArn"`
	LoadBalancerDNS  string                         `json:"loadBalancerDnsName"`
	WebACLARN        string                         `json:"webAclArn"`
	ClusterARN       string                         `json:"ecsClusterArn"`
	Hubs             map[string]Hub                 `json:"hubs"`
	Fleets           map[string]Fleet               `json:"fleets"`
	Bastion          *Bastion                       `json:"bastion"`
	Notebooks        map[string]map[string]Notebook `json:"notebooks"`
	KeptHomes        map[string]map[string]string   `json:"keptHomes"`
	TrailARN         string                         `json:"trailArn"`
	Authority        string                         `json:"authorityCertificate"`
	Issued           []Issued                       `json:"issuedCertificates"`
}

// Flow is a row of the flow table.
type Flow struct {
	From   string   `json:"from"`
	To     string   `json:"to"`
	Ranges []string `json:"ranges"` // that the internet may come from, at the gate and its like
}

// Hub is one JupyterHub.
type Hub struct {
	Group    string `json:"autoScalingGroup"`
	VolumeID string `json:"volumeId"`
}

// Fleet is one fleet of web servers.
type Fleet struct {
	Group string            `json:"autoScalingGroup"`
	URLs  map[string]string `json:"urls"` // by what exposes it: alb, clb, nlb
}

// Bastion is the stack's bastion.
type Bastion struct {
	Group string `json:"autoScalingGroup"`
}

// Notebook is one person's notebook.
type Notebook struct {
	InstanceID string `json:"instanceId"`
	VolumeID   string `json:"volumeId"`
}

// Issued is a certificate that a client was given.
type Issued struct {
	Client   string    `json:"client"`
	NotAfter time.Time `json:"notAfter"`
	Revoked  bool      `json:"revoked"`
}

// Parties of the flow table that are none of the stack's workloads.
const (
	internet = "internet"
	gateway  = "gateway"
	natParty = "nat"
	bastion  = "bastion"
)

// ReadOutputs reads what `pulumi stack output --json` prints, and needs no secret of it. It fails when an output is
// missing, as when an older release deployed the stack, and names each; up is the command that makes them.
func ReadOutputs(text []byte, up string) (Outputs, error) {
	var o Outputs
	var present map[string]json.RawMessage
	if err := json.Unmarshal(text, &present); err != nil {
		return o, fmt.Errorf("reading the stack's outputs: they are not the JSON that pulumi stack output --json prints: %w", err)
	}
	if len(present) == 0 {
		return o, fmt.Errorf("the stack has no outputs, so nothing of it is deployed; run %s", up)
	}
	if err := json.Unmarshal(text, &o); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return o, fmt.Errorf("the output %s is not what this release makes of it; run %s with it", wrong.Field, up)
		}
		return o, fmt.Errorf("reading the stack's outputs: %w", err)
	}
	if missing := o.missing(); len(missing) > 0 {
		return o, fmt.Errorf("the stack lacks outputs that this release makes: %s; it was deployed by an older one, or not "+
			"to the end; run %s with this release", strings.Join(missing, ", "), up)
	}
	return o, nil
}

// missing names the outputs that others say there must be.
func (o Outputs) missing() []string {
	var names []string
	need := func(name string, there bool) {
		if !there {
			names = append(names, name)
		}
	}
	need("vpcId", o.VPCID != "")
	need("privateSubnetIds", len(o.PrivateSubnetIDs) > 0)
	need("flows", len(o.Flows) > 0)
	if o.has(func(f Flow) bool { return f.To == gateway }) {
		need("urls", len(o.URLs) > 0)
		need("loadBalancerArn", o.LoadBalancerARN != "")
		need("loadBalancerDnsName", o.LoadBalancerDNS != "")
		need("webAclArn", o.WebACLARN != "")
	}
	if len(o.services()) > 0 {
		need("ecsClusterArn", o.ClusterARN != "")
	}
	for _, name := range sorted(o.Hubs) {
		need("hubs."+name+".autoScalingGroup", o.Hubs[name].Group != "")
		need("hubs."+name+".volumeId", o.Hubs[name].VolumeID != "")
	}
	for _, name := range sorted(o.Fleets) {
		need("fleets."+name+".autoScalingGroup", o.Fleets[name].Group != "")
		need("fleets."+name+".urls", len(o.Fleets[name].URLs) > 0)
	}
	if o.has(func(f Flow) bool { return f.From == bastion }) {
		need("bastion", o.Bastion != nil && o.Bastion.Group != "")
	}
	for _, team := range sorted(o.Notebooks) {
		for _, name := range sorted(o.Notebooks[team]) {
			need("notebooks."+team+"."+name+".instanceId", o.Notebooks[team][name].InstanceID != "")
			need("notebooks."+team+"."+name+".volumeId", o.Notebooks[team][name].VolumeID != "")
		}
	}
	return names
}

func (o Outputs) has(is func(Flow) bool) bool { return slices.ContainsFunc(o.Flows, is) }

// services are the workloads on Fargate: those with an address that are nothing else.
func (o Outputs) services() []string {
	return slices.DeleteFunc(sorted(o.URLs), func(name string) bool {
		_, hub := o.Hubs[name]
		_, fleet := o.Fleets[name]
		return hub || fleet
	})
}

// behind are the workloads that the gate leads to.
func (o Outputs) behind() []string {
	return slices.DeleteFunc(sorted(o.URLs), func(name string) bool {
		fleet, is := o.Fleets[name]
		return is && fleet.URLs[exposedByGate] == ""
	})
}

// exposed are the load balancers that fleets have for themselves, by the role in their Name.
func (o Outputs) exposed(by string) []string {
	var roles []string
	for _, name := range sorted(o.Fleets) {
		if o.Fleets[name].URLs[by] != "" {
			roles = append(roles, name+"-"+by)
		}
	}
	return roles
}

// What exposes a fleet.
const (
	exposedByGate    = "alb"
	exposedByClassic = "clb"
	exposedByNetwork = "nlb"
)

func sorted[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }
