package encryption

import (
	"torii/internal/account"
	"torii/internal/key"
	"torii/internal/policy"
)

// Actions that services need, in the words of AWS's guides.
var (
	// Without the guide's kms:Describe*, which its own condition never admits: looking at a key has no encryption context.
	ofLogs     = []string{"kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*"}
	ofMessages = []string{"kms:GenerateDataKey*", "kms:Decrypt"}
	ofThings   = []string{
		"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*",
	}
)

// users is what may be done with the key beside what IAM decides. What is kept, and who may have it, is said where it is
// kept; the key follows. An encryption context is text to KMS, whatever it names.
func users(at account.Place) []policy.Statement {
	arn := func(service, region, rest string) []string {
		return []string{"arn:" + at.Partition + ":" + service + ":" + region + ":" + at.AccountID + ":" + rest}
	}
	topics, trails := arn("sns", at.Region, "*"), arn("cloudtrail", at.Region, "trail/*")
	return []policy.Statement{
		things(at),
		{
			// Source: "Encrypt log data in CloudWatch Logs using AWS Key Management Service" in its guide.
			Sid:       "LogsOfThisAccount",
			Principal: policy.Principal{Services: []string{"logs." + at.Region + "." + at.Domain()}},
			Actions:   ofLogs, Resources: []string{key.This},
			Condition: policy.Condition{"StringLike": {"kms:EncryptionContext:aws:logs:arn": arn("logs", at.Region, "log-group:*")}},
		},
		{
			// EventBridge does not say for which account or rule it acts where a topic is encrypted: a condition on either would
			// stop every message. SNS names the topic in the encryption context instead. Source of the next three: "Configuring
			// AWS KMS permissions" in the SNS guide; of the last also "Creating an Amazon SNS topic for budget notifications".
			Sid:       "EventBridgeEncryptsMessages",
			Principal: policy.Principal{Services: []string{"events.amazonaws.com"}},
			Actions:   ofMessages, Resources: []string{key.This},
			Condition: policy.Condition{"StringLike": {"kms:EncryptionContext:aws:sns:topicArn": topics}},
		},
		{
			Sid:       "AlarmsEncryptMessages",
			Principal: policy.Principal{Services: []string{"cloudwatch.amazonaws.com"}},
			Actions:   ofMessages, Resources: []string{key.This},
			Condition: policy.Condition{
				"ArnLike":    {"aws:SourceArn": arn("cloudwatch", at.Region, "alarm:*")},
				"StringLike": {"kms:EncryptionContext:aws:sns:topicArn": topics},
			},
		},
		{
			Sid:       "BudgetsEncryptMessages",
			Principal: policy.Principal{Services: []string{"budgets.amazonaws.com"}},
			Actions:   ofMessages, Resources: []string{key.This},
			Condition: policy.Condition{
				"ArnLike":      {"aws:SourceArn": arn("budgets", "", "*")}, // budgets are in no region
				"StringEquals": {"aws:SourceAccount": {at.AccountID}},
			},
		},
		{
			// Source of this and the next: "Configure AWS KMS key policies for CloudTrail" in the CloudTrail guide.
			Sid:       "CloudTrailEncryptsFiles",
			Principal: policy.Principal{Services: []string{"cloudtrail.amazonaws.com"}},
			Actions:   []string{"kms:GenerateDataKey*"}, Resources: []string{key.This},
			Condition: policy.Condition{
				"ArnLike":    {"aws:SourceArn": trails},
				"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails},
			},
		},
		{
			Sid:       "CloudTrailLooksAtTheKey",
			Principal: policy.Principal{Services: []string{"cloudtrail.amazonaws.com"}},
			Actions:   []string{"kms:DescribeKey"}, Resources: []string{key.This},
			Condition: policy.Condition{"ArnLike": {"aws:SourceArn": trails}},
		},
	}
}

// things lets whoever of this account may start a machine, attach a volume, or read or write a parameter or a secret do so
// through the service that keeps it, as the policies of AWS's own keys (aws/ebs, aws/ssm, aws/secretsmanager) do. Nobody can
// use the key itself this way. Roles named one by one would not do: volumes are needed by the service-linked role of Auto
// Scaling, by machines that attach their own, and by people who start theirs, and where one was missing a machine would
// end again without saying why. Source: "kms:ViaService" in the KMS guide.
func things(at account.Place) policy.Statement {
	var through []string
	for _, service := range []string{"ec2", "secretsmanager", "ssm"} {
		through = append(through, service+"."+at.Region+"."+at.Domain())
	}
	return policy.Statement{
		Sid:       "WhoMayUseTheThing",
		Principal: policy.Principal{AWS: []string{policy.AnyoneHere}},
		Actions:   ofThings, Resources: []string{key.This},
		Condition: policy.Condition{"StringEquals": {
			"kms:CallerAccount": {at.AccountID},
			"kms:ViaService":    through,
		}},
	}
}
