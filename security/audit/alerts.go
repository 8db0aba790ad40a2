package audit

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/topic"
)

// alerts makes the topic, the rules that send to it and the addresses that it sends to.
func (b *builder) alerts() error {
	made, granted, err := topic.New(b.ctx, b.name, b.self, topic.Args{
		KeyARN: b.args.KeyARN,
		Policy: func(arn string) (string, error) { return TopicPolicy(b.args.Cloud, arn, b.args.Alarms) },
		Emails: b.args.Emails,
		Tags:   b.args.Tags,
	})
	if err != nil {
		return err
	}
	b.self.TopicARN = made.Arn
	if err := b.rule("opened", "Sessions to instances that began", false, opened, made, granted); err != nil {
		return err
	}
	return b.rule("refused", "Sessions to instances that were refused", true, refused, made, granted)
}

// rule tells the topic of one kind of event.
func (b *builder) rule(
	role, description string, refusals bool, said message, to *sns.Topic, granted pulumi.Resource,
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
		Arn:  to.Arn,
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
