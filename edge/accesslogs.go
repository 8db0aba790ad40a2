package edge

import (
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/account"
	"torii/internal/bucket"
	"torii/internal/policy"
	"torii/internal/tags"
)

// legacyLogAccounts are the AWS accounts that load balancers write access logs from, in
// the regions opened before August 2022. Source: "Enable access logs for your
// Application Load Balancer" in AWS's guide.
var legacyLogAccounts = map[string]string{
	"af-south-1":     "098369216593",
	"ap-east-1":      "754344448648",
	"ap-northeast-1": "582318560864",
	"ap-northeast-2": "600734575887",
	"ap-northeast-3": "383597477331",
	"ap-south-1":     "718504428378",
	"ap-southeast-1": "114774131450",
	"ap-southeast-2": "783225319266",
	"ap-southeast-3": "589379963580",
	"ca-central-1":   "985666609251",
	"cn-north-1":     "638102146993",
	"cn-northwest-1": "037604701340",
	"eu-central-1":   "054676820928",
	"eu-north-1":     "897822967062",
	"eu-south-1":     "635631232127",
	"eu-west-1":      "156460612806",
	"eu-west-2":      "652711504416",
	"eu-west-3":      "009996457667",
	"me-south-1":     "076674570225",
	"sa-east-1":      "507241528517",
	"us-east-1":      "127311923021",
	"us-east-2":      "033677994240",
	"us-gov-east-1":  "190560391635",
	"us-gov-west-1":  "048591011584",
	"us-west-1":      "027434742980",
	"us-west-2":      "797873946194",
}

// logWriter is who writes access logs in a region: an account of AWS's in the old
// regions, a service in those that came after.
func logWriter(at account.Place) policy.Principal {
	if account, old := legacyLogAccounts[at.Region]; old {
		return policy.Principal{AWS: []string{"arn:" + at.Partition + ":iam::" + account + ":root"}}
	}
	return policy.Principal{Services: []string{"logdelivery.elasticloadbalancing.amazonaws.com"}}
}

// accessLogWriter lets the load balancer write.
func accessLogWriter(bucketARN string, at account.Place) policy.Statement {
	return policy.Statement{
		Sid:       "LoadBalancerWrites",
		Principal: logWriter(at),
		Actions:   []string{"s3:PutObject"},
		Resources: []string{bucketARN + "/AWSLogs/" + at.AccountID + "/*"},
	}
}

// connectionLogWriters let a network load balancer write, which AWS's log delivery does for
// it: it asks for the bucket's owner first, and hands what it writes to it. Source: "Enable
// access logs for your Network Load Balancer" in AWS's guide.
func connectionLogWriters(bucketARN string, at account.Place) []policy.Statement {
	delivery := policy.Principal{Services: []string{"delivery.logs.amazonaws.com"}}
	ours := func(more map[string][]string) policy.Condition {
		equal := map[string][]string{"aws:SourceAccount": {at.AccountID}}
		maps.Copy(equal, more)
		return policy.Condition{
			"StringEquals": equal,
			"ArnLike":      {"aws:SourceArn": {"arn:" + at.Partition + ":logs:" + at.Region + ":" + at.AccountID + ":*"}},
		}
	}
	return []policy.Statement{{
		Sid:       "LogDeliveryAsks",
		Principal: delivery,
		Actions:   []string{"s3:GetBucketAcl"},
		Resources: []string{bucketARN},
		Condition: ours(nil),
	}, {
		Sid:       "LogDeliveryWrites",
		Principal: delivery,
		Actions:   []string{"s3:PutObject"},
		Resources: []string{bucketARN + "/AWSLogs/" + at.AccountID + "/*"},
		Condition: ours(map[string][]string{"s3:x-amz-acl": {"bucket-owner-full-control"}}),
	}}
}

// accessLogs is the log of what a load balancer let in.
type accessLogs struct {
	writers  func(bucketARN string) []policy.Statement
	keepDays int
	protect  bool
	role     string // what the bucket's Name tag says it is
	tags     tags.Set
}

// bucket makes the bucket of a load balancer's access logs. The load balancer must wait for
// the second result: AWS tries to write before it turns logging on.
func (l accessLogs) bucket(ctx *pulumi.Context, name string, parent pulumi.Resource) (*s3.BucketV2, pulumi.Resource, error) {
	return bucket.NewLogs(ctx, name+"-access-logs", parent, bucket.Logs{
		What:     "access logs",
		Writers:  l.writers,
		KeepDays: l.keepDays,
		Protect:  l.protect,
		Role:     l.role,
		Tags:     l.tags,
	})
}
