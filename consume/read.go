package consume

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Read reads the outputs of the Torii stack organization/project/stack; with a backend of one's own the organization is
// the word organization. It fails, in a preview too, when there is no such stack, when it has no gate, and when outputs
// are missing, secret or of another kind than this release's: then it names all of them and says what to do.
func Read(ctx *pulumi.Context, stack string, opts ...pulumi.ResourceOption) (*Outputs, error) {
	if parts := strings.Split(stack, "/"); len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return nil, fmt.Errorf("reading the outputs of a Torii stack: %q does not name one; "+
			"give organization, project and stack, such as organization/torii/prod", stack)
	}
	reference, err := pulumi.NewStackReference(ctx, stack, nil, opts...)
	if err != nil {
		return nil, fmt.Errorf("referring to stack %s: %w", stack, err)
	}
	r := &reader{stack: stack, get: reference.GetOutputDetails}
	all := r.outputs()
	if err := r.err(); err != nil {
		return nil, fmt.Errorf("reading the outputs of stack %s: %w", stack, err)
	}
	return all, nil
}

// reader takes outputs one after the other and remembers what is wrong with them.
type reader struct {
	stack    string
	get      func(name string) (*pulumi.StackReferenceOutputDetails, error)
	found    int
	missing  []string
	problems []error
}

// outputs reads all that Outputs has. What is there only in some stacks is asked for by the flow table, which says
// whether this is one of them.
func (r *reader) outputs() *Outputs {
	o := &Outputs{
		Stack:            r.stack,
		VPCID:            r.text("vpcId"),
		PublicSubnetIDs:  r.texts("publicSubnetIds"),
		PrivateSubnetIDs: r.texts("privateSubnetIds"),
		Flows:            r.flows("flows"),
	}
	if len(r.problems) > 0 || len(r.missing) > 0 {
		return o // what they say would be said again of each of the others
	}
	if !o.leads(Gateway) {
		r.problems = append(r.problems, errors.New("it has no gate, since none of its workloads is behind one"))
		return o
	}
	o.LoadBalancerARN = r.text("loadBalancerArn")
	o.LoadBalancerDNSName = r.text("loadBalancerDnsName")
	o.LoadBalancerZoneID = r.text("loadBalancerZoneId")
	o.HTTPSListenerARN = r.text("httpsListenerArn")
	o.GatewaySecurityGroupID = r.text("gatewaySecurityGroupId")
	o.URLs = r.textMap("urls")
	if o.leads(NAT) {
		o.NATSecurityGroupID = r.text("natSecurityGroupId")
	}
	if o.leads(Endpoints) {
		o.EndpointsSecurityGroupID = r.text("endpointsSecurityGroupId")
	}
	if o.leads(S3) {
		o.S3PrefixListID = r.text("s3PrefixListId")
	}
	o.ECSClusterARN = r.optional("ecsClusterArn")
	return o
}

// err is everything that is wrong, in one error.
func (r *reader) err() error {
	switch {
	case len(r.problems) > 0:
		return errors.Join(r.problems...)
	case len(r.missing) > 0 && r.found == 0:
		return errors.New(`it has none; run "pulumi up" on it first`)
	case len(r.missing) > 0:
		return fmt.Errorf("it lacks %s; either it is no Torii stack, or an older release has deployed it: "+
			`run "pulumi up" on it with the release that this program is made for`, strings.Join(r.missing, ", "))
	}
	return nil
}

// value is one output, or nil when it is missing or must not be read.
func (r *reader) value(name string) any {
	details, err := r.get(name)
	switch {
	case err != nil:
		// The first one says all: there is no such stack, or it cannot be read.
		if len(r.problems) == 0 {
			r.problems = append(r.problems, err)
		}
		return nil
	case details.SecretValue != nil:
		r.problems = append(r.problems, fmt.Errorf("%s is secret there, and nothing here may be", name))
		return nil
	case details.Value != nil:
		r.found++
	}
	return details.Value
}

// required is an output that must be there.
func (r *reader) required(name string) any {
	value, before := r.value(name), len(r.problems)
	if value == nil && before == 0 {
		r.missing = append(r.missing, name)
	}
	return value
}

func (r *reader) wrong(name, wanted string, value any) {
	r.problems = append(r.problems, fmt.Errorf("%s is not %s there but %T", name, wanted, value))
}

func (r *reader) text(name string) string { return r.asText(name, r.required(name)) }

func (r *reader) optional(name string) string { return r.asText(name, r.value(name)) }

func (r *reader) asText(name string, value any) string {
	text, is := value.(string)
	if value != nil && !is {
		r.wrong(name, "text", value)
	}
	return text
}

func (r *reader) texts(name string) []string {
	value := r.required(name)
	if value == nil {
		return nil
	}
	all, are := listOfTexts(value)
	if !are {
		r.wrong(name, "a list of texts", value)
	}
	return all
}

func (r *reader) textMap(name string) map[string]string {
	value := r.required(name)
	if value == nil {
		return nil
	}
	items, is := value.(map[string]any)
	all := make(map[string]string, len(items))
	for key, item := range items {
		text, isText := item.(string)
		is = is && isText
		all[key] = text
	}
	if !is {
		r.wrong(name, "a map of texts", value)
	}
	return all
}

// listOfTexts returns a list's items, if all of them are texts.
func listOfTexts(value any) (all []string, are bool) {
	items, are := value.([]any)
	for _, item := range items {
		text, is := item.(string)
		are = are && is
		all = append(all, text)
	}
	return all, are
}
