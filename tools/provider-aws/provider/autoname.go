package provider

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

const (
	autonameMax       = 255 // where nothing stricter is known
	autonameSeparator = "-"
)

// autonamed are the properties that get a name of their own making with another limit than the usual, or under another
// name than "name". The limits are those of the released provider, not always those of AWS.
var autonamed = []struct {
	resource, field, property string
	max                       int
}{
	{"aws_lb", "name", "name", 32},
	{"aws_alb", "name", "name", 32},
	{"aws_lb_target_group", "name", "name", 32},
	{"aws_alb_target_group", "name", "name", 32},
	{"aws_lb_trust_store", "name", "name", 32},
	{"aws_elb", "name", "name", 32},
	{"aws_iam_role", "name", "name", 64},
	{"aws_cloudwatch_event_rule", "name", "name", 64},
	{"aws_cloudwatch_event_target", "target_id", "targetId", autonameMax},
	{"aws_sns_topic", "name", "name", 80},
	{"aws_key_pair", "key_name", "keyName", autonameMax},
	{"aws_efs_file_system", "creation_token", "creationToken", autonameMax},
	{"aws_cloudwatch_metric_alarm", "alarm_name", "name", autonameMax},
}

// notAutonamed have a property "name" that is an address, never a made-up word.
var notAutonamed = []string{"aws_route53_record"}

// autoname gives the resources' names their defaults.
func autoname(info *tfbridge.ProviderInfo) {
	for _, a := range autonamed {
		if r := info.Resources[a.resource]; r != nil {
			setField(r, a.field, tfbridge.AutoName(a.property, a.max, autonameSeparator))
		}
	}
	if r := info.Resources["aws_kms_alias"]; r != nil {
		setField(r, "name", tfbridge.AutoNameWithCustomOptions("name", tfbridge.AutoNameOptions{
			Separator: autonameSeparator,
			Maxlen:    238,
			Randlen:   7,
			PostTransform: func(_ *tfbridge.PulumiResource, name string) (string, error) {
				return "alias/" + name, nil
			},
		}))
	}
	if r := info.Resources["aws_s3_bucket"]; r != nil {
		setField(r, "bucket", tfbridge.AutoNameWithCustomOptions("bucket", tfbridge.AutoNameOptions{
			Separator: autonameSeparator,
			Maxlen:    63,
			Randlen:   7,
			Transform: strings.ToLower,
		}))
	}
	for _, name := range notAutonamed {
		if r := info.Resources[name]; r != nil && r.Fields["name"] == nil {
			setField(r, "name", &tfbridge.SchemaInfo{Name: "name"})
		}
	}
	info.SetAutonaming(autonameMax, autonameSeparator)
}

// setField sets one of a resource's property overrides.
func setField(r *tfbridge.ResourceInfo, field string, schema *tfbridge.SchemaInfo) {
	if r.Fields == nil {
		r.Fields = map[string]*tfbridge.SchemaInfo{}
	}
	r.Fields[field] = schema
}
