package recorder

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Where recorded programs believe they run.
const (
	Region    = "ap-northeast-1"
	AccountID = "123456789012"
	Domain    = "example.jp" // it and StagingDomain are the only ones that have a hosted zone
	ZoneID    = "Z0RECORDED"
	Image     = "ami-0newest" // what AWS calls the newest
	Stranger  = "stranger"    // the only name that no IAM user has

	StagingDomain = "staging." + Domain
)

// computed is what AWS would have filled in: what components pass on to each other.
func computed(args pulumi.MockResourceArgs) resource.PropertyMap {
	text := func(format string, values ...any) resource.PropertyValue {
		return resource.NewStringProperty(fmt.Sprintf(format, values...))
	}
	outputs := resource.PropertyMap{
		"arn":  text("arn:aws:recorded:%s:%s:%s/%s", Region, AccountID, args.TypeToken, args.Name),
		"name": text("%s-0000000", args.Name),
	}
	switch args.TypeToken {
	case "aws:ec2/vpc:Vpc":
		outputs["ipv6CidrBlock"] = text("2406:da14:1:aa00::/56")
		outputs["defaultNetworkAclId"] = text("%s-default-acl", args.Name)
	case "aws:ec2/vpcEndpoint:VpcEndpoint":
		outputs["prefixListId"] = text("pl-recorded")
	case "aws:ec2/eip:Eip":
		outputs["allocationId"] = text("eipalloc-%s", args.Name)
	case "aws:lb/loadBalancer:LoadBalancer":
		outputs["dnsName"] = text("%s-1.%s.elb.amazonaws.com", args.Name, Region)
		outputs["zoneId"] = text("Z14GRHDCWA56QT")
		outputs["arnSuffix"] = text("app/%s/1", args.Name)
	case "aws:elb/loadBalancer:LoadBalancer":
		outputs["dnsName"] = text("%s-1.%s.elb.amazonaws.com", args.Name, Region)
		outputs["zoneId"] = text("Z14GRHDCWA56QT")
	case "aws:lb/targetGroup:TargetGroup":
		outputs["arnSuffix"] = text("targetgroup/%s/1", args.Name)
	case "aws:s3/bucketV2:BucketV2":
		outputs["arn"] = text("arn:aws:s3:::%s", args.Name)
		outputs["bucket"] = text("%s", args.Name)
	case "aws:s3/bucketObjectv2:BucketObjectv2":
		outputs["versionId"] = text("version-of-%s", args.Name)
	case "aws:route53/record:Record":
		outputs["fqdn"] = args.Inputs["name"]
	case "aws:acm/certificate:Certificate":
		outputs["domainValidationOptions"] = validationOptions(args.Inputs)
	}
	return outputs
}

// validationOptions is what ACM asks to see in DNS: one option for each name, wildcards
// with the same record as the name below them.
func validationOptions(inputs resource.PropertyMap) resource.PropertyValue {
	names := []resource.PropertyValue{inputs["domainName"]}
	if more := inputs["subjectAlternativeNames"]; more.IsArray() {
		names = append(names, more.ArrayValue()...)
	}
	var options []resource.PropertyValue
	for _, name := range names {
		if !name.IsString() {
			continue
		}
		options = append(options, resource.NewObjectProperty(resource.PropertyMap{
			"domainName":          name,
			"resourceRecordName":  resource.NewStringProperty("_validate." + name.StringValue() + "."),
			"resourceRecordType":  resource.NewStringProperty("CNAME"),
			"resourceRecordValue": resource.NewStringProperty("_proof.acm-validations.aws."),
		}))
	}
	return resource.NewArrayProperty(options)
}

// Call answers what a program asks of AWS before it makes anything. A question that is
// not foreseen fails, so that a new one is a decision.
func (r *Recording) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if answer, given := r.answers[args.Token]; given {
		return resource.NewPropertyMapFromMap(answer), nil
	}
	answers := Answers{
		"aws:index/getCallerIdentity:getCallerIdentity": {"accountId": AccountID},
		"aws:index/getPartition:getPartition":           {"partition": "aws"},
		"aws:index/getRegion:getRegion":                 {"name": Region},
		"aws:route53/getZone:getZone":                   {"zoneId": ZoneID},
		"aws:ssm/getParameter:getParameter":             {"insecureValue": Image},
		"aws:ebs/getEbsVolumes:getEbsVolumes":           {"ids": []any{}},
		"aws:ebs/getSnapshotIds:getSnapshotIds":         {"ids": []any{}},
		"aws:ebs/getSnapshot:getSnapshot":               {"volumeSize": 100},
		"aws:ec2/getAmi:getAmi":                         {"architecture": "x86_64", "rootDeviceName": "/dev/xvda"},
		"aws:iam/getUser:getUser":                       {"userId": "AIDARECORDED"},
		"pulumi:pulumi:readStackResourceOutputs":        {"outputs": map[string]any{}}, // never deployed before
		"aws:ec2/getInstanceType:getInstanceType": {
			"supportedArchitectures": []any{"x86_64"}, "memorySize": 8192, "defaultVcpus": 2, "hypervisor": "nitro",
		},
	}
	if name := args.Args["name"]; args.Token == "aws:route53/getZone:getZone" && !hasZone(name.StringValue()) {
		return nil, fmt.Errorf("no matching Route 53 Hosted Zone found")
	}
	if name := args.Args["userName"]; args.Token == "aws:iam/getUser:getUser" && name.StringValue() == Stranger {
		return nil, fmt.Errorf("couldn't find resource")
	}
	answer, known := answers[args.Token]
	if !known {
		return nil, fmt.Errorf("recorder: the program asks %s, which has no answer here", args.Token)
	}
	return resource.NewPropertyMapFromMap(answer), nil
}

func hasZone(domain string) bool { return domain == Domain || domain == StagingDomain }
