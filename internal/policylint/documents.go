// Package policylint gathers the policy documents that a program renders and has them linted: by parliament, a linter that
// others wrote, and by rules of its own for what parliament does not look at, which is whom a resource's policy lets in.
package policylint

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"torii/internal/recorder"
)

// Kind says what a policy is attached to, which decides how it is read.
type Kind string

const (
	// Identity policies say what their role, user or group may do.
	Identity Kind = "identity"
	// Trust policies say who may be a role.
	Trust Kind = "trust"
	// OfResource policies say who may do what to the bucket, key or topic that has them.
	OfResource Kind = "resource"
)

// Document is a policy.
type Document struct {
	Name string // type, logical name and input of the resource that has it; unique in a program
	Kind Kind
	Text string // JSON, whose ARNs are such as AWS gives
}

// Gather returns every policy document among a program's resources. A document is any text of an input, at whatever depth,
// that is JSON with statements: a new type of resource needs no line here. It fails on an ARN that the recorder made up for
// a type whose real ARNs it does not know, as that would look foreign to a linter.
func Gather(all []recorder.Resource) ([]Document, error) {
	var found []Document
	for _, each := range all {
		for path, text := range texts("", each.Inputs.Mappable()) {
			if !isPolicy(text) {
				continue
			}
			name := strings.Join([]string{each.Type, each.Name, path}, " ")
			real, err := realARNs(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			found = append(found, Document{Name: name, Kind: kindOf(each.Type, path), Text: real})
		}
	}
	slices.SortFunc(found, func(a, b Document) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

// texts are the texts in a value, by their paths. What hides behind a secret is text like any other.
func texts(path string, value any) map[string]string {
	found := map[string]string{}
	add := func(key string, inner any) {
		for path, text := range texts(strings.TrimPrefix(path+"."+key, "."), inner) {
			found[path] = text
		}
	}
	switch v := value.(type) {
	case string:
		found[path] = v
	case map[string]any:
		for key, inner := range v {
			add(key, inner)
		}
	case []any:
		for i, inner := range v {
			add(fmt.Sprint(i), inner)
		}
	}
	return found
}

func isPolicy(text string) bool {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return false
	}
	var document struct{ Statement any }
	return json.Unmarshal([]byte(text), &document) == nil && document.Statement != nil
}

// kindOf says what a policy at an input of a type is. What is neither a role's trust nor IAM's is a resource's own.
func kindOf(token, input string) Kind {
	switch {
	case input == "assumeRolePolicy":
		return Trust
	case strings.HasPrefix(token, "aws:iam/"):
		return Identity
	}
	return OfResource
}

// recorded is the ARN that the recorder gives whatever has none of its own there.
var recorded = regexp.MustCompile(`arn:aws:recorded:([a-z0-9-]+):(\d+):(aws:[A-Za-z0-9/]+:[A-Za-z0-9]+)/([A-Za-z0-9_.-]+)`)

// arns are the ARNs of types that policies name: service, region and account or none, and what comes before the name.
var arns = map[string]func(region, account, name string) string{
	"aws:cloudwatch/logGroup:LogGroup":                    regional("logs", "log-group:"),
	"aws:cloudwatch/eventRule:EventRule":                  regional("events", "rule/"),
	"aws:sns/topic:Topic":                                 regional("sns", ""),
	"aws:ssm/parameter:Parameter":                         regional("ssm", "parameter/"),
	"aws:ssm/document:Document":                           regional("ssm", "document/"),
	"aws:secretsmanager/secret:Secret":                    regional("secretsmanager", "secret:"),
	"aws:ec2/volume:Volume":                               regional("ec2", "volume/"),
	"aws:ebs/volume:Volume":                               regional("ec2", "volume/"),
	"aws:ec2/instance:Instance":                           regional("ec2", "instance/"),
	"aws:ec2/eip:Eip":                                     regional("ec2", "elastic-ip/"),
	"aws:ec2/launchTemplate:LaunchTemplate":               regional("ec2", "launch-template/"),
	"aws:ec2/networkInterface:NetworkInterface":           regional("ec2", "network-interface/"),
	"aws:ec2/routeTable:RouteTable":                       regional("ec2", "route-table/"),
	"aws:ecr/repository:Repository":                       regional("ecr", "repository/"),
	"aws:efs/fileSystem:FileSystem":                       regional("elasticfilesystem", "file-system/"),
	"aws:backup/vault:Vault":                              regional("backup", "backup-vault:"),
	"aws:cloudwatch/metricAlarm:MetricAlarm":              regional("cloudwatch", "alarm:"),
	"aws:autoscaling/group:Group":                         regional("autoscaling", "autoScalingGroup:00000000:autoScalingGroupName/"),
	"aws:iam/role:Role":                                   global("role/"),
	"aws:iam/policy:Policy":                               global("policy/"),
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": global("oidc-provider/"),
	"aws:kms/key:Key": func(region, account, _ string) string {
		return "arn:aws:kms:" + region + ":" + account + ":key/12345678-1234-1234-1234-123456789012"
	},
}

func regional(service, before string) func(string, string, string) string {
	return func(region, account, name string) string {
		return strings.Join([]string{"arn:aws", service, region, account, before + name}, ":")
	}
}

func global(before string) func(string, string, string) string {
	return func(_, account, name string) string { return "arn:aws:iam::" + account + ":" + before + name }
}

func realARNs(text string) (string, error) {
	var unknown error
	real := recorded.ReplaceAllStringFunc(text, func(arn string) string {
		part := recorded.FindStringSubmatch(arn)
		make, known := arns[part[3]]
		if !known {
			unknown = fmt.Errorf("a policy names a %s, whose ARNs internal/policylint does not know", part[3])
			return arn
		}
		return make(part[1], part[2], part[4])
	})
	return real, unknown
}
