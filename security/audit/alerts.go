package audit

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// alerts makes the topic, the rules that send to it and the addresses that it sends to.
func (b *builder) alerts() error {
	topic, err := sns.NewTopic(b.ctx, b.name, &sns.TopicArgs{
		DisplayName:    pulumi.String(b.args.Tags.Prefix() + b.name), // whom the mails are from
		KmsMasterKeyId: b.key.Arn,                                    // EventBridge may not use AWS's own
		Tags:           b.args.Tags.Named(b.name),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating topic of sessions: %w", err)
	}
	b.self.TopicARN = topic.Arn
	granted, err := sns.NewTopicPolicy(b.ctx, b.name, &sns.TopicPolicyArgs{
		Arn: topic.Arn,
		Policy: topic.Arn.ApplyT(func(arn string) (string, error) {
			return TopicPolicy(b.args.Cloud, arn, b.args.Alarms)
		}).(pulumi.StringOutput),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("letting messages reach the topic of sessions: %w", err)
	}
	if err := b.rule("opened", "Sessions to instances that began", false, opened, topic, granted); err != nil {
		return err
	}
	if err := b.rule("refused", "Sessions to instances that were refused", true, refused, topic, granted); err != nil {
		return err
	}
	for _, address := range b.args.Emails {
		_, err := sns.NewTopicSubscription(b.ctx, b.name+"-"+address, &sns.TopicSubscriptionArgs{
			Topic:    topic.Arn,
			Protocol: pulumi.String("email"),
			Endpoint: pulumi.String(address),
		}, pulumi.Parent(b.self))
		if err != nil {
			return fmt.Errorf("subscribing %s to sessions: %w", address, err)
		}
	}
	return nil
}

// rule tells the topic of one kind of event.
func (b *builder) rule(
	role, description string, refusals bool, said message, topic *sns.Topic, granted pulumi.Resource,
) error {
	name := b.name + "-" + role
	matching, err := startsOfSessions(refusals)
	if err != nil {
		return fmt.Errorf("creating rule %s: %w", name, err)
	}
	rule, err := cloudwatch.NewEventRule(b.ctx, name, &cloudwatch.EventRuleArgs{
		Description:  pulumi.String(description),
		EventPattern: pulumi.String(matching),
		Tags:         b.args.Tags.Named(name),
	}, pulumi.Parent(b.self))
	if err != nil {
		return fmt.Errorf("creating rule %s: %w", name, err)
	}
	_, err = cloudwatch.NewEventTarget(b.ctx, name, &cloudwatch.EventTargetArgs{
		Rule: rule.Name,
		Arn:  topic.Arn,
		InputTransformer: &cloudwatch.EventTargetInputTransformerArgs{
			InputPaths:    pulumi.ToStringMap(said.paths),
			InputTemplate: pulumi.String(said.template()),
		},
	}, pulumi.Parent(b.self), pulumi.DependsOn([]pulumi.Resource{granted}))
	if err != nil {
		return fmt.Errorf("sending events of rule %s to the topic: %w", name, err)
	}
	return nil
}
