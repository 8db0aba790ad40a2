package recovery

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	alarmtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/aws/smithy-go"
)

func (a *Account) certificates(ctx context.Context) ([]Thing, error) {
	var things []Thing
	pages := acm.NewListCertificatesPaginator(a.acm, &acm.ListCertificatesInput{
		// Without a filter ACM leaves out keys of some sizes.
		Includes: &acmtypes.Filters{KeyTypes: acmtypes.KeyAlgorithm("").Values()},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.CertificateSummaryList {
			found, err := a.acm.ListTagsForCertificate(ctx, &acm.ListTagsForCertificateInput{CertificateArn: each.CertificateArn})
			if err != nil {
				return nil, err
			}
			if tags := tagsOf(found.Tags, func(t acmtypes.Tag) (*string, *string) { return t.Key, t.Value }); a.ours(tags) {
				arn := aws.ToString(each.CertificateArn)
				things = append(things, Thing{Type: "aws:acm/certificate:Certificate", ID: arn, Key: tags["Name"], Props: map[string]any{"arn": arn}})
			}
		}
	}
	return things, nil
}

func (a *Account) logGroups(ctx context.Context) ([]Thing, error) {
	var things []Thing
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(a.logs, &cloudwatchlogs.DescribeLogGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.LogGroups {
			found, err := a.logs.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: each.LogGroupArn})
			if err != nil {
				return nil, err
			}
			if tags, name := tagSet(found.Tags), aws.ToString(each.LogGroupName); a.ours(tags) {
				things = append(things, named("aws:cloudwatch/logGroup:LogGroup", name, "name", name, tags))
			}
		}
	}
	return things, nil
}

func (a *Account) alarming(ctx context.Context) ([]Thing, error) {
	var things []Thing
	pages := cloudwatch.NewDescribeAlarmsPaginator(a.alarms, &cloudwatch.DescribeAlarmsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.MetricAlarms {
			found, err := a.alarms.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: each.AlarmArn})
			if err != nil {
				return nil, err
			}
			tags := tagsOf(found.Tags, func(t alarmtypes.Tag) (*string, *string) { return t.Key, t.Value })
			if name := aws.ToString(each.AlarmName); a.ours(tags) {
				things = append(things, named("aws:cloudwatch/metricAlarm:MetricAlarm", name, "name", name, tags))
			}
		}
	}
	return things, nil
}

// listEvents lists rules and where they lead.
func (a *Account) listEvents(ctx context.Context) ([]Thing, error) {
	var things []Thing
	found, err := a.events.ListRules(ctx, &eventbridge.ListRulesInput{})
	if err != nil {
		return nil, err
	}
	for _, each := range found.Rules {
		listed, err := a.events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: each.Arn})
		if err != nil {
			return nil, err
		}
		tags, name := tagsOf(listed.Tags, func(t eventtypes.Tag) (*string, *string) { return t.Key, t.Value }), aws.ToString(each.Name)
		if !a.ours(tags) {
			continue
		}
		things = append(things, named("aws:cloudwatch/eventRule:EventRule", name, "name", name, tags))
		targets, err := a.events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: each.Name})
		if err != nil {
			return nil, err
		}
		for _, target := range targets.Targets {
			id := aws.ToString(target.Id)
			things = append(things, Thing{Type: eventTarget, ID: name + "-" + id, Key: name + " " + aws.ToString(target.Arn),
				Props: map[string]any{"targetId": id}})
		}
	}
	return things, nil
}

func (a *Account) keys(ctx context.Context) ([]Thing, error) {
	var things []Thing
	pages := kms.NewListKeysPaginator(a.kms, &kms.ListKeysInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.Keys {
			found, err := a.kms.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: each.KeyId})
			var api smithy.APIError
			if errors.As(err, &api) && api.ErrorCode() == "AccessDeniedException" {
				continue // somebody else's, whose policy keeps others out
			}
			if err != nil {
				return nil, err
			}
			tags := tagsOf(found.Tags, func(t kmstypes.Tag) (*string, *string) { return t.TagKey, t.TagValue })
			if !a.ours(tags) {
				continue
			}
			described, err := a.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: each.KeyId})
			if err != nil {
				return nil, err
			}
			if described.KeyMetadata.DeletionDate == nil {
				things = append(things, Thing{Type: "aws:kms/key:Key", ID: aws.ToString(each.KeyId), Key: tags["Name"],
					Made: aws.ToTime(described.KeyMetadata.CreationDate)})
			}
		}
	}
	return things, nil
}

// buckets lists buckets. One whose tags were not written yet is known by its name.
func (a *Account) buckets(ctx context.Context) ([]Thing, error) {
	const token = "aws:s3/bucketV2:BucketV2"
	byName := map[string]string{}
	for _, each := range a.known {
		if inputs := object(each["inputs"]); text(each, "type") == token && text(inputs, "bucket") != "" {
			byName[text(inputs, "bucket")] = nameTag(inputs)
		}
	}
	var things []Thing
	found, err := a.s3.ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		return nil, err
	}
	for _, each := range found.Buckets {
		name := aws.ToString(each.Name)
		tags := tagSet{}
		tagged, err := a.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: each.Name})
		if err == nil { // else it has none, or is not ours to look at
			tags = tagsOf(tagged.TagSet, func(t s3types.Tag) (*string, *string) { return t.Key, t.Value })
		}
		if byName[name] != "" && len(tags) == 0 {
			tags = tagSet{"Name": byName[name], "Project": a.project, "Stack": a.stack}
		}
		if a.ours(tags) {
			things = append(things, named(token, name, "bucket", name, tags))
			things[len(things)-1].Made = aws.ToTime(each.CreationDate)
		}
	}
	return things, nil
}

func (a *Account) topics(ctx context.Context) ([]Thing, error) {
	var things []Thing
	pages := sns.NewListTopicsPaginator(a.sns, &sns.ListTopicsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.Topics {
			found, err := a.sns.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: each.TopicArn})
			if err != nil {
				return nil, err
			}
			arn := aws.ToString(each.TopicArn)
			if tags := tagsOf(found.Tags, func(t snstypes.Tag) (*string, *string) { return t.Key, t.Value }); a.ours(tags) {
				things = append(things, named("aws:sns/topic:Topic", arn, "name", lastPart(arn), tags))
				things[len(things)-1].Props["arn"] = arn
			}
		}
	}
	return things, nil
}

func (a *Account) parameters(ctx context.Context) ([]Thing, error) {
	var things []Thing
	pages := ssm.NewDescribeParametersPaginator(a.ssm, &ssm.DescribeParametersInput{ParameterFilters: []ssmtypes.ParameterStringFilter{
		{Key: aws.String("tag:Stack"), Values: []string{a.stack}},
	}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.Parameters {
			found, err := a.ssm.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{
				ResourceId: each.Name, ResourceType: ssmtypes.ResourceTypeForTaggingParameter,
			})
			if err != nil {
				return nil, err
			}
			name := aws.ToString(each.Name)
			if tags := tagsOf(found.TagList, func(t ssmtypes.Tag) (*string, *string) { return t.Key, t.Value }); a.ours(tags) {
				things = append(things, named("aws:ssm/parameter:Parameter", name, "name", name, tags))
			}
		}
	}
	return things, nil
}

func (a *Account) listTrails(ctx context.Context) ([]Thing, error) {
	var things []Thing
	found, err := a.trails.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	if err != nil {
		return nil, err
	}
	for _, each := range found.TrailList {
		listed, err := a.trails.ListTags(ctx, &cloudtrail.ListTagsInput{ResourceIdList: []string{aws.ToString(each.TrailARN)}})
		if err != nil {
			return nil, err
		}
		for _, of := range listed.ResourceTagList {
			if tags := tagsOf(of.TagsList, func(t trailtypes.Tag) (*string, *string) { return t.Key, t.Value }); a.ours(tags) {
				things = append(things, named("aws:cloudtrail/trail:Trail", aws.ToString(each.TrailARN), "name", aws.ToString(each.Name), tags))
			}
		}
	}
	return things, nil
}

func (a *Account) webACLs(ctx context.Context) ([]Thing, error) {
	var things []Thing
	found, err := a.waf.ListWebACLs(ctx, &wafv2.ListWebACLsInput{Scope: waftypes.ScopeRegional})
	if err != nil {
		return nil, err
	}
	for _, each := range found.WebACLs {
		listed, err := a.waf.ListTagsForResource(ctx, &wafv2.ListTagsForResourceInput{ResourceARN: each.ARN})
		if err != nil {
			return nil, err
		}
		if listed.TagInfoForResource == nil {
			continue
		}
		tags := tagsOf(listed.TagInfoForResource.TagList, func(t waftypes.Tag) (*string, *string) { return t.Key, t.Value })
		if a.ours(tags) {
			things = append(things, named("aws:wafv2/webAcl:WebAcl", aws.ToString(each.Id), "name", aws.ToString(each.Name), tags))
			things[len(things)-1].Props["arn"] = aws.ToString(each.ARN)
		}
	}
	return things, nil
}
