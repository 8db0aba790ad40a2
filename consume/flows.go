package consume

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// flows reads a flow table.
func (r *reader) flows(name string) []Flow {
	value := r.required(name)
	if value == nil {
		return nil
	}
	rows, is := value.([]any)
	if !is {
		r.wrong(name, "a list of flows", value)
		return nil
	}
	all := make([]Flow, 0, len(rows))
	for i, row := range rows {
		flow, err := parseFlow(row)
		if err != nil {
			r.problems = append(r.problems, fmt.Errorf("%s[%d]: %w", name, i, err))
			continue
		}
		all = append(all, flow)
	}
	return all
}

// parseFlow reads one row: from, to, port as tcp/80, why, and ranges where there are some.
func parseFlow(row any) (Flow, error) {
	cells, is := row.(map[string]any)
	if !is {
		return Flow{}, fmt.Errorf("is not a flow but %T", row)
	}
	var flow Flow
	texts := map[string]*string{"from": &flow.From, "to": &flow.To, "why": &flow.Why}
	for key, cell := range texts {
		text, isText := cells[key].(string)
		if !isText || text == "" {
			return Flow{}, fmt.Errorf("has no %s", key)
		}
		*cell = text
	}
	port, _ := cells["port"].(string)
	number, err := strconv.ParseUint(strings.TrimPrefix(port, "tcp/"), 10, 16)
	if err != nil || !strings.HasPrefix(port, "tcp/") {
		return Flow{}, fmt.Errorf("has the port %q and not one such as tcp/80", port)
	}
	flow.Port = int(number)
	if ranges, has := cells["ranges"]; has {
		if flow.Ranges, is = listOfTexts(ranges); !is {
			return Flow{}, fmt.Errorf("has ranges that are not a list of texts but %T", ranges)
		}
	}
	return flow, nil
}

// CheckPort fails unless the stack lets connections pass from its gate to this TCP port in its private subnets. Their
// network ACLs are the stack's own, so that a service on another port would never be found healthy.
func (o *Outputs) CheckPort(port int) error {
	var open []string
	for _, flow := range o.Flows {
		if flow.From != Gateway {
			continue
		}
		if flow.Port == port {
			return nil
		}
		open = append(open, strconv.Itoa(flow.Port))
	}
	slices.Sort(open)
	return fmt.Errorf("port %d: the gate of stack %s leads to port %s only; choose one of them, or add %d to "+
		"torii:edge.otherStackPorts there and run pulumi up on it first", port, o.Stack, strings.Join(slices.Compact(open), ", "), port)
}

// LentBy is the workload of the stack that alone has this port open: it closes with that workload. "" when the stack's
// settings keep it open for others.
func (o *Outputs) LentBy(port int) string {
	lender := ""
	for _, flow := range o.Flows {
		switch {
		case flow.From != Gateway || flow.Port != port:
		case flow.To == OtherStacks:
			return ""
		default:
			lender = flow.To
		}
	}
	return lender
}

// CheckHost fails when the stack itself answers at a host: the gate would never ask a rule of another stack's.
func (o *Outputs) CheckHost(host string) error {
	for name, text := range o.URLs {
		if at, err := url.Parse(text); err == nil && at.Hostname() == host {
			return fmt.Errorf("host %s: workload %s of stack %s answers there; choose another", host, name, o.Stack)
		}
	}
	return nil
}

// WaysOut are the parties that a service in the private subnets reaches the internet and AWS through, each on TCP 443:
// Internet where there is NAT, NAT where that is a machine with a security group, Endpoints and S3 where AWS is reached
// without the internet. The service needs an outbound rule to each, and NAT and Endpoints one that admits it.
func (o *Outputs) WaysOut() []string {
	return slices.DeleteFunc([]string{Endpoints, Internet, NAT, S3}, func(party string) bool { return !o.leads(party) })
}
