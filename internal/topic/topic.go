// Package topic makes SNS topics that services of AWS publish to and that people read by mail.
package topic

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/policy"
	"torii/internal/tags"
)

// Args describes a topic.
type Args struct {
	// KeyARN is the KMS key that messages are encrypted with. Optional: messages are not encrypted with a key then. It
	// is never AWS's own for SNS, with which neither alarms nor events get through.
	KeyARN pulumi.StringInput
	// Policy is who may publish, for the topic's ARN: Publishers has what holds for every topic. Required.
	Policy func(topicARN string) (string, error)
	Emails []string // Optional. Addresses that are subscribed; AWS asks each for consent.
	Tags   tags.Set // Required.
}

// New makes a topic, its policy and its subscriptions, all in parent. The second result is the policy: what publishes
// must wait for it.
func New(ctx *pulumi.Context, name string, parent pulumi.Resource, args Args) (*sns.Topic, pulumi.Resource, error) {
	described := &sns.TopicArgs{
		DisplayName: pulumi.String(args.Tags.Prefix() + name), // whom the mails are from
		Tags:        args.Tags.Named(name),
	}
	if args.KeyARN != nil {
		described.KmsMasterKeyId = args.KeyARN.ToStringOutput().ToStringPtrOutput()
	}
	made, err := sns.NewTopic(ctx, name, described, pulumi.Parent(parent))
	if err != nil {
		return nil, nil, fmt.Errorf("creating topic %s: %w", name, err)
	}
	granted, err := sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{
		Arn:    made.Arn,
		Policy: made.Arn.ApplyT(args.Policy).(pulumi.StringOutput),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, nil, fmt.Errorf("letting messages reach topic %s: %w", name, err)
	}
	for _, address := range args.Emails {
		_, err := sns.NewTopicSubscription(ctx, name+"-"+address, &sns.TopicSubscriptionArgs{
			Topic:    made.Arn,
			Protocol: pulumi.String("email"),
			Endpoint: pulumi.String(address),
		}, pulumi.Parent(parent))
		if err != nil {
			return nil, nil, fmt.Errorf("subscribing %s to topic %s: %w", address, name, err)
		}
	}
	return made, granted, nil
}

// Publishers is a topic's policy: the services may publish as stated, and nobody without TLS.
func Publishers(topicARN string, services ...policy.Statement) (string, error) {
	return policy.JSON(append(services, policy.Statement{
		Sid:       "NobodyWithoutTLS",
		Deny:      true,
		Principal: policy.Principal{Anyone: true},
		Actions:   []string{"sns:Publish"},
		Resources: []string{topicARN},
		Condition: policy.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
	})...)
}
