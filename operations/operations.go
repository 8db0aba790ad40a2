// Package operations is what tells people how a stack does: alarms and the topic that they go to, a dashboard, a budget, and
// saved queries over its logs. It watches what other components made and makes nothing that a workload needs.
package operations

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/tags"
	"torii/internal/topic"
)

const (
	operationsToken = "torii:operations:Operations"
	// topicName is the logical name of the topic. The policy of the key that encrypts it may name it.
	topicName = "alerts"
)

// Args describes how a stack is watched.
type Args struct {
	Stands Stands // Required. What there is to watch; plain values decide how many resources there are.

	Alarms    bool     // Optional. Makes the alarms.
	Dashboard bool     // Optional. Makes the dashboard.
	Budget    Budget   // Optional. None with the zero value.
	Emails    []string // Optional. Addresses that alarms and the budget are mailed to. AWS asks each for consent.

	// KeyARN is the KMS key of the topic, whose policy must let CloudWatch and AWS Budgets use it. Optional: the topic
	// then has none, as neither may use AWS's own key for SNS.
	KeyARN pulumi.StringInput
	Cloud  account.Place // Required.
	Tags   tags.Set      // Required.
}

// Operations is what watches a stack.
type Operations struct {
	pulumi.ResourceState

	TopicARN      pulumi.StringOutput // that alarms and the budget go to; the zero value with neither
	DashboardName string              // in CloudWatch; "" without
	AlarmNames    pulumi.StringMap    // in AWS, by logical name
}

// HasTopic says whether there is anything that goes to the topic, and so the topic.
func (a *Args) HasTopic() bool { return a.Alarms || a.Budget.MonthlyUSD > 0 }

// stack is what hubs say in their metrics that they belong to.
func (a *Args) stack() string { return strings.TrimSuffix(a.Tags.Prefix(), "-") }

// builder carries what the parts share while they are made.
type builder struct {
	ctx     *pulumi.Context
	args    *Args
	self    *Operations
	granted pulumi.Resource // what lets services publish to the topic
}

// New makes it. It fails when the budget is negative.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Operations, error) {
	if args.Budget.MonthlyUSD < 0 {
		return nil, errors.New("creating operations: a budget cannot be negative")
	}
	self := &Operations{AlarmNames: pulumi.StringMap{}}
	if err := ctx.RegisterComponentResource(operationsToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering operations: %w", err)
	}
	b := &builder{ctx: ctx, args: args, self: self}
	outputs := pulumi.Map{}
	if args.HasTopic() {
		if err := b.topic(); err != nil {
			return nil, err
		}
		outputs["topicArn"] = self.TopicARN
	}
	if args.Alarms {
		for _, each := range alarms(args.Stands, args.stack(), args.Cloud.Region) {
			if err := b.alarm(each); err != nil {
				return nil, err
			}
		}
	}
	if args.Budget.MonthlyUSD > 0 {
		if err := b.budget(); err != nil {
			return nil, err
		}
	}
	if args.Dashboard {
		if err := b.dashboard(); err != nil {
			return nil, err
		}
	}
	if err := b.queries(); err != nil {
		return nil, err
	}
	return self, ctx.RegisterResourceOutputs(self, outputs)
}

func (b *builder) topic() error {
	made, granted, err := topic.New(b.ctx, topicName, b.self, topic.Args{
		KeyARN: b.args.KeyARN,
		Policy: func(arn string) (string, error) {
			return TopicPolicy(b.args.Cloud, arn, b.args.Alarms, b.args.Budget.MonthlyUSD > 0)
		},
		Emails: b.args.Emails,
		Tags:   b.args.Tags,
	})
	if err != nil {
		return err
	}
	b.self.TopicARN, b.granted = made.Arn, granted
	return nil
}
