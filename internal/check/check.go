// Package check asks AWS whether what is up is what a stack's deployment asked for. It reads the stack's outputs and
// finds the rest by the stack's tags, changes nothing, and reads no secret.
//
// The asking is apart from the judging: for each kind of thing there is a function that gathers what AWS says, and one
// that makes a Finding of it, which tests call with answers that no AWS would give on request.
package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"

	"torii/internal/tags"
)

// Options say what to ask about and whom.
type Options struct {
	Outputs Outputs // Required. Of the stack.
	AWS     AWS     // Required.
	Region  string  // Required. That AWS asks in; advice names it.

	// CertificateDays is how long a certificate must still be good. Required, 1 or more.
	CertificateDays int
	// NoURLs is why addresses are not called, as a sentence. Optional: "" calls them.
	NoURLs string
	// Now is the time by which ages are judged. Optional; by default the clock's.
	Now func() time.Time
}

// asker asks the questions.
type asker struct {
	Options
	tags      tags.Set
	balancers []balancer // that have a listener each for themselves: the gate and the network ones
	asked     bool       // whether balancers are those that there are
	expected  serials    // certificates that the stack's load balancers answer with; nil until they are asked for
	mutual    bool       // whether the gate asks clients for a certificate
	domain    bool       // whether the stack has a domain, so that its hosts are in DNS
}

// Run asks every question that the stack gives reason to, and returns the answers in a fixed order. What it could not
// ask is among them. It fails when there is nothing to begin with: the stack's network is not to be found.
func Run(ctx context.Context, o Options) ([]Finding, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &asker{Options: o}
	var err error
	if a.tags, err = a.stackTags(ctx); err != nil {
		return nil, err
	}
	var all []Finding
	for _, question := range []struct {
		what string
		ask  func(context.Context) ([]Finding, error)
	}{
		{"services", a.services},
		{"machines", a.groups},
		{"targets", a.targets},
		{"classic load balancers", a.classic},
		{"web ACL", a.webACL},
		{"certificates", a.certificates}, // before the addresses, which are to show one of them
		{"client certificates", a.clientCertificates},
		{"ways out", a.waysOut},
		{"notebooks", a.notebooks},
		{"snapshots", a.snapshots},
		{"trail", a.trail},
		{"addresses", a.addresses},
	} {
		found, err := question.ask(ctx)
		all = append(all, found...)
		if err != nil {
			all = append(all, unasked(question.what, err))
		}
	}
	return all, nil
}

// stackTags are the tags of all that the stack made, as its VPC has them.
func (a *asker) stackTags(ctx context.Context) (tags.Set, error) {
	id := a.Outputs.VPCID
	found, err := a.AWS.EC2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{id}})
	var refusal smithy.APIError
	if errors.As(err, &refusal) && refusal.ErrorCode() == "InvalidVpcID.NotFound" || err == nil && len(found.Vpcs) == 0 {
		return nil, fmt.Errorf("the stack's VPC %s is not in region %s of the account that these credentials are for; "+
			"are they those of the stack's account?", id, a.Region)
	}
	if err != nil {
		return nil, fmt.Errorf("asking for the stack's VPC: %w", err)
	}
	named := tagMap(found.Vpcs[0].Tags, func(t ec2Tag) (*string, *string) { return t.Key, t.Value })
	if named["Project"] == "" || named["Stack"] == "" {
		return nil, fmt.Errorf("the stack's VPC %s has lost its tags Project and Stack, by which the rest is found; "+
			"pulumi up --refresh puts them back", id)
	}
	return tags.ForStack(named["Project"], named["Stack"]), nil
}

// ours tells whether something with these tags is of the stack.
func (a *asker) ours(tagged map[string]string) bool {
	return tagged["Project"] == a.tags["Project"] && tagged["Stack"] == a.tags["Stack"]
}

// role is what a thing of the stack is there for: its Name without project and stack.
func (a *asker) role(tagged map[string]string) string {
	prefix, name := a.tags.Prefix(), tagged["Name"]
	if len(name) > len(prefix) && name[:len(prefix)] == prefix {
		return name[len(prefix):]
	}
	return name
}

// tagMap makes a map of tags as any service has them.
func tagMap[T any](list []T, pair func(T) (key, value *string)) map[string]string {
	all := make(map[string]string, len(list))
	for _, each := range list {
		key, value := pair(each)
		all[aws.ToString(key)] = aws.ToString(value)
	}
	return all
}
