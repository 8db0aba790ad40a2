package recovery

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dlm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
)

// Account asks an AWS what it has of a stack. It only reads.
type Account struct {
	acm     *acm.Client
	alarms  *cloudwatch.Client
	budgets *budgets.Client
	caller  *sts.Client
	classic *classic.Client
	dlm     *dlm.Client
	ec2     *ec2.Client
	ecs     *ecs.Client
	elb     *elb.Client
	events  *eventbridge.Client
	groups  *autoscaling.Client
	iam     *iam.Client
	kms     *kms.Client
	logs    *cloudwatchlogs.Client
	route53 *route53.Client
	s3      *s3.Client
	scaling *applicationautoscaling.Client
	sns     *sns.Client
	ssm     *ssm.Client
	trails  *cloudtrail.Client
	waf     *wafv2.Client

	project, stack string
	known          []map[string]any   // resources of the state and of the program, whose inputs name zones
	listed         map[string][]Thing // by the lister's name
	tagged         map[string]tagSet  // by EC2 ID
}

// New returns who asks with a configuration of the AWS SDK; its BaseEndpoint leads to a local AWS.
func New(config aws.Config) *Account {
	return &Account{
		budgets: budgets.NewFromConfig(config), caller: sts.NewFromConfig(config),
		acm: acm.NewFromConfig(config), alarms: cloudwatch.NewFromConfig(config), classic: classic.NewFromConfig(config),
		dlm: dlm.NewFromConfig(config), ec2: ec2.NewFromConfig(config), ecs: ecs.NewFromConfig(config),
		elb: elb.NewFromConfig(config), events: eventbridge.NewFromConfig(config), groups: autoscaling.NewFromConfig(config),
		iam: iam.NewFromConfig(config), kms: kms.NewFromConfig(config), logs: cloudwatchlogs.NewFromConfig(config),
		route53: route53.NewFromConfig(config), scaling: applicationautoscaling.NewFromConfig(config),
		sns: sns.NewFromConfig(config), ssm: ssm.NewFromConfig(config),
		trails: cloudtrail.NewFromConfig(config), waf: wafv2.NewFromConfig(config),
		s3: s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = config.BaseEndpoint != nil }),
	}
}

// begin forgets what was asked before.
func (a *Account) begin(project, stack string, known []map[string]any) {
	a.project, a.stack, a.known = project, stack, known
	a.listed, a.tagged = map[string][]Thing{}, nil
}

// lister finds everything of some types that belongs to the stack.
type lister struct {
	name  string
	types []string
	list  func(*Account, context.Context) ([]Thing, error)
}

// list returns what AWS has of one type.
func (a *Account) list(ctx context.Context, token string) ([]Thing, error) {
	listers := listers()
	at := slices.IndexFunc(listers, func(l lister) bool { return slices.Contains(l.types, token) })
	if at < 0 {
		return nil, fmt.Errorf("nothing lists %s", token)
	}
	all, asked := a.listed[listers[at].name]
	if !asked {
		var err error
		if all, err = listers[at].list(a, ctx); err != nil {
			return nil, fmt.Errorf("asking AWS for %s: %w", listers[at].name, err)
		}
		a.listed[listers[at].name] = all
	}
	return slices.DeleteFunc(slices.Clone(all), func(t Thing) bool { return t.Type != token }), nil
}

// ids returns the IDs of what AWS has of a type.
func (a *Account) ids(ctx context.Context, token string) ([]string, error) {
	things, err := a.list(ctx, token)
	var all []string
	for _, each := range things {
		all = append(all, each.ID)
	}
	return all, err
}

// tagSet is the tags of one thing.
type tagSet map[string]string

// ours tells whether tags are those of the stack.
func (a *Account) ours(tags tagSet) bool {
	return tags["Project"] == a.project && tags["Stack"] == a.stack
}

// tagsOf reads tags in a service's own words.
func tagsOf[T any](all []T, read func(T) (key, value *string)) tagSet {
	tags := tagSet{}
	for _, each := range all {
		key, value := read(each)
		tags[aws.ToString(key)] = aws.ToString(value)
	}
	return tags
}

// named is a thing that has a name and the stack's tags.
func named(token, id, property, name string, tags tagSet) Thing {
	return Thing{Type: token, ID: id, Name: name, Key: tags["Name"], Props: map[string]any{property: name}}
}
