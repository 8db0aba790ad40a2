package review_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/review"
)

// inputs are a resource's.
type inputs = map[string]any

// step is one of a resource's; before or after may be nil.
func step(op, token, name string, before, after inputs) review.Step {
	s := review.Step{Op: op, URN: "urn:pulumi:dev::torii::torii:x:Y$" + token + "::" + name}
	if before != nil {
		s.Old = &review.State{Type: token, Custom: true, Inputs: before}
	}
	if after != nil {
		s.New = &review.State{Type: token, Custom: true, Inputs: after}
	}
	return s
}

// update is a step that changes one property.
func update(token, name, property string, before, after inputs) review.Step {
	s := step("update", token, name, before, after)
	s.DetailedDiff = map[string]review.Difference{property: {Kind: "update"}}
	return s
}

// on is the comment on some steps.
func on(t *testing.T, steps ...review.Step) string {
	t.Helper()
	return comment(t, review.Digest{Steps: steps}, review.Options{Stack: "dev"})
}

func TestWhatStandsOnTop(t *testing.T) {
	const volume, template = "aws:ebs/volume:Volume", "aws:ec2/launchTemplate:LaunchTemplate"
	kept := step("delete", volume, "kept", inputs{}, nil)
	kept.Old.RetainOnDelete = true
	moved := step("create-replacement", volume, "moved", inputs{"finalSnapshot": true}, inputs{})
	moved.ReplaceReasons = []string{"availabilityZone"}
	restored := step("create-replacement", volume, "restored", inputs{"finalSnapshot": "true"}, inputs{"snapshotId": "snap-1"})
	restored.ReplaceReasons = []string{"snapshotId"}
	address := step("delete", "aws:ec2/eip:Eip", "nat", inputs{}, nil)
	address.Old.Outputs = inputs{"publicIp": "203.0.113.7"}

	for name, test := range map[string]struct {
		steps []review.Step
		want  string
	}{
		"a deleted volume": {
			[]review.Step{step("delete", volume, "home", inputs{}, nil)},
			"**What holds data**\n\n- The EBS volume `home` is **deleted**. Everything on it is lost. No last snapshot is taken.\n",
		},
		"a volume that Pulumi only forgets": {
			[]review.Step{kept}, "- The EBS volume `kept` is forgotten by Pulumi and stays in AWS.\n",
		},
		"a replaced volume": {
			[]review.Step{moved, step("replace", volume, "moved", inputs{}, inputs{}), step("delete-replaced", volume, "moved", inputs{"finalSnapshot": true}, nil)},
			"- The EBS volume `moved` is **replaced**, since its `availabilityZone` changes. Everything on the old one is lost. " +
				"AWS takes a last snapshot of it first. The new one is empty.\n",
		},
		"a volume made from a snapshot, the old one first": {
			[]review.Step{step("delete-replaced", volume, "restored", inputs{"finalSnapshot": "true"}, nil), restored},
			"- The EBS volume `restored` is **replaced**, since its `snapshotId` changes. Everything on the old one is lost. " +
				"The old one goes before the new one is there. AWS takes a last snapshot of it first. " +
				"The new one is made from a snapshot; what was written after that is not on it.\n",
		},
		"a bucket with what is in it": {
			[]review.Step{step("delete", "aws:s3/bucketV2:BucketV2", "logs", inputs{"forceDestroy": true}, nil)},
			"- The S3 bucket `logs` is **deleted**. All objects in it are lost.\n",
		},
		"a bucket that must be empty": {
			[]review.Step{step("delete", "aws:s3/bucketV2:BucketV2", "logs", inputs{}, nil)},
			"- The S3 bucket `logs` is **deleted**. AWS refuses that as long as there are objects in it.\n",
		},
		"a secret for good": {
			[]review.Step{step("delete", "aws:secretsmanager/secret:Secret", "key", inputs{"recoveryWindowInDays": 0.0}, nil)},
			"- The secret `key` is **deleted**. Who reads it gets nothing any more. It cannot be restored.\n",
		},
		"a key": {
			[]review.Step{step("delete", "aws:kms/key:Key", "key", inputs{"deletionWindowInDays": 7.0}, nil)},
			"- The KMS key `key` is **deleted**. What was encrypted with it can never be read again. AWS waits 7 days, in which that can be called off.\n",
		},
		"an authority's key": {
			[]review.Step{step("replace", "tls:index/privateKey:PrivateKey", "ca", inputs{}, inputs{})},
			"- The private key `ca` is **replaced**. A new key takes its place: certificates signed with the old one have to be handed out again.\n",
		},
		"an address": {
			[]review.Step{address},
			"- The public address `nat` is **deleted**. The address is given up for good: who admits it by number has to be told. It is `203.0.113.7`.\n",
		},
		"logs that are kept less long": {
			[]review.Step{update("aws:cloudwatch/logGroup:LogGroup", "web", "retentionInDays", inputs{"retentionInDays": 90.0}, inputs{"retentionInDays": 14.0})},
			"- The log group `web` keeps its logs for 14 days; older ones are deleted.\n",
		},
		"a web ACL": {
			[]review.Step{update("aws:wafv2/webAcl:WebAcl", "gate", "rules[0].action", inputs{"rules": []any{}}, inputs{"rules": []any{}})},
			"**What carries traffic**\n\n- The web ACL `gate` changes which requests are let through: `rules[0].action`.\n",
		},
		"protection that goes": {
			[]review.Step{update("aws:lb/loadBalancer:LoadBalancer", "gate", "enableDeletionProtection",
				inputs{"enableDeletionProtection": true}, inputs{"enableDeletionProtection": false})},
			"- The load balancer `gate` loses AWS's protection from deletion.\n",
		},
		"several machines": {
			[]review.Step{
				update(template, "web", "userData", inputs{"userData": "a"}, inputs{"userData": "b"}),
				func() review.Step {
					s := update("aws:autoscaling/group:Group", "web", "launchTemplate.version", inputs{}, inputs{"instanceRefresh": inputs{}, "maxSize": 4.0})
					s.New.Dependencies = []string{"urn:pulumi:dev::torii::torii:x:Y$" + template + "::web"}
					return s
				}(),
			},
			"**Machines**\n\n- The machines of the Auto Scaling group `web` are **replaced** one after another, since its launch template changes (`userData`).\n",
		},
		"a machine that stays its own": {
			[]review.Step{update("aws:ec2/instance:Instance", "ken-1", "instanceType", inputs{"instanceType": "t3.large"}, inputs{"instanceType": "t3.xlarge"})},
			"- The machine (EC2 instance) `ken-1` is stopped, changed and started again; what runs on it ends.\n",
		},
		"a group whose machines go on as they are": {
			[]review.Step{update("aws:autoscaling/group:Group", "bastion", "launchTemplate.version", inputs{}, inputs{"maxSize": 1.0})},
			"Nothing that holds data, carries traffic or runs machines is deleted, replaced or interrupted.\n",
		},
	} {
		text := on(t, test.steps...)
		assert.Contains(t, text, test.want, name)
		assert.Equal(t, strings.HasPrefix(test.want, "Nothing"), !strings.Contains(text, " to look at first**"), name)
	}
}

func TestWhatMattersMostComesFirst(t *testing.T) {
	text := on(t,
		step("delete", "aws:cloudwatch/logGroup:LogGroup", "logs", inputs{}, nil),
		step("delete", "aws:ec2/instance:Instance", "machine", inputs{}, nil),
		step("delete", "aws:ebs/volume:Volume", "volume", inputs{}, nil),
		step("delete", "aws:lb/listener:Listener", "listener", inputs{}, nil),
		step("delete", "aws:lb/loadBalancer:LoadBalancer", "balancer", inputs{}, nil),
		step("delete", "aws:iam/role:Role", "role", inputs{}, nil),
	)
	var order []string
	for _, found := range regexp.MustCompile("(?m)^- The .*? `([a-z]+)` is").FindAllStringSubmatch(text, -1) {
		order = append(order, found[1])
	}
	assert.Equal(t, []string{"volume", "logs", "balancer", "listener", "machine"}, order)
	assert.Contains(t, text, "**Stack `dev`**: 6 resources deleted, **5 points to look at first**; ")
}

// TestADependencyNamedTwiceIsOne: the engine names it as a dependency, and as what a property comes from.
func TestADependencyNamedTwiceIsOne(t *testing.T) {
	task := step("create", "aws:ecs/taskDefinition:TaskDefinition", "blog", nil, inputs{"cpu": "256", "memory": "512"})
	service := step("create", "aws:ecs/service:Service", "blog", nil, inputs{"launchType": "FARGATE", "desiredCount": 2.0})
	service.New.Dependencies = []string{task.URN}
	service.New.From = map[string][]string{"taskDefinition": {task.URN}}
	text := on(t, task, service)
	assert.Contains(t, text, "| Fargate, processors | blog ×2 | 0.00 | ")
	assert.NotContains(t, text, "has tasks")
}

func TestNothingSecretIsSaid(t *testing.T) {
	const canary = "correct-horse"
	secret := func() inputs {
		return inputs{
			"value": canary, "insecureValue": canary, "secretString": canary, "userData": canary, "policy": canary, "description": canary,
			"environment": inputs{"variables": inputs{"PASSWORD": canary}}, "privateKeyPem": canary, "tags": inputs{"Name": canary}, "port": "[secret]",
			"rules": []any{inputs{"statement": canary}},
		}
	}
	changedSecret := inputs{"value": "x", "port": 8080.0}
	var steps []review.Step
	for i, token := range []string{
		"aws:ssm/parameter:Parameter", "aws:secretsmanager/secretVersion:SecretVersion", "aws:ec2/instance:Instance", "aws:wafv2/webAcl:WebAcl",
		"aws:ecs/taskDefinition:TaskDefinition", "aws:autoscaling/group:Group", "tls:index/privateKey:PrivateKey", "aws:route53/record:Record",
	} {
		for _, op := range []string{"create", "update", "create-replacement", "delete", "same"} {
			s := step(op, token, fmt.Sprint(op, i), secret(), changedSecret)
			if op == "create" || op == "same" {
				s = step(op, token, fmt.Sprint(op, i), nil, secret())
			}
			s.DetailedDiff = map[string]review.Difference{}
			for name := range secret() {
				s.DetailedDiff[name] = review.Difference{Kind: "update"}
			}
			for _, state := range []*review.State{s.Old, s.New} {
				if state != nil {
					state.Outputs = secret()
				}
			}
			steps = append(steps, s)
		}
	}
	for _, severity := range []string{"warning", "error"} {
		text := comment(t, review.Digest{Steps: steps, Diagnostics: []review.Diagnostic{
			{Severity: "info", Message: canary},
			{Severity: severity, Message: "the password: " + canary + ", token=" + canary + " and \"secretKey\": \"" + canary + "\" are wrong"},
			{Severity: severity, Message: "-----BEGIN RSA PRIVATE KEY-----\n" + canary + "\n-----END RSA PRIVATE KEY-----\nand AKIA" + strings.Repeat("A", 16)},
		}}, review.Options{Stack: "dev"})
		assert.NotContains(t, text, canary, severity)
		assert.Contains(t, text, "the password: [masked], token=[masked] and \"secretKey\": [masked] are wrong")
		assert.Contains(t, text, "[masked]\nand [masked]")
		assert.Contains(t, text, "`port` to `8080`", "what was secret before is not shown")
	}
}

func TestNamesAreNoMarkdown(t *testing.T) {
	const evil = "a`|](http://evil.example) @everyone\n# heading <img src=x> -->"
	rule := step("create", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "rule", nil, inputs{
		"securityGroupId": "sg-`|1", "cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp", "fromPort": 22.0, "toPort": 22.0, "description": "from internet: " + evil,
	})
	volume := step("delete", "aws:ebs/volume:Volume", evil, inputs{}, nil)
	unknown := step("create", "x:y:<b>`Z`", evil, nil, inputs{})
	changes := update("aws:ebs/volume:Volume", "v", evil, inputs{evil: 1.0}, inputs{evil: 2.0})
	text := comment(t, review.Digest{
		Steps:       []review.Step{rule, volume, unknown, changes},
		Diagnostics: []review.Diagnostic{{Severity: "warning", Message: "```\n</details> @everyone"}},
	}, review.Options{Stack: "dev"})

	const span = "``a`|](http://evil.example) @everyone # heading <img src=x> -->``"
	assert.Contains(t, text, "- The EBS volume "+span+" is **deleted**.")
	assert.Contains(t, text, "- EBS volume `v`: ")
	assert.Contains(t, text, "````text\n```\n</details> @everyone\n````\n")
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "| ") {
			assert.Equal(t, 6, strings.Count(line, "|"), "a row has its cells and no more: %s", line)
		}
		assert.False(t, strings.HasPrefix(line, "# "), line)
	}
	// Outside of code spans and blocks nothing of it is left.
	bare := regexp.MustCompile("(?s)````.*?````|``.*?``|`[^`]*`").ReplaceAllString(text, "")
	assert.NotContains(t, bare, "evil")
	assert.NotContains(t, bare, "@everyone")
	assert.NotContains(t, bare, "<b>")
	assert.NotContains(t, bare, "<img")
}

func TestALongCommentIsCut(t *testing.T) {
	var steps []review.Step
	for i := range 4000 {
		steps = append(steps, step("delete", "aws:ebs/volume:Volume", fmt.Sprintf("volume-%d-%s", i, strings.Repeat("x", 300)), inputs{}, nil))
		steps = append(steps, step("create", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", fmt.Sprintf("rule-%d", i), nil, inputs{
			"securityGroupId": fmt.Sprintf("sg-%d", i), "cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp", "fromPort": 22.0, "toPort": 22.0,
		}))
	}
	text := on(t, steps...)
	assert.LessOrEqual(t, len(text), review.MaxComment)
	assert.Greater(t, len(text), 20000, "and uses what it has")
	assert.Contains(t, text, "**Stack `dev`**: 4000 resources added and 4000 deleted, **4000 points to look at first**; **4000 new ways in from outside**")
	assert.Contains(t, text, "… and 3950 more, left out here.")
	assert.True(t, strings.HasSuffix(text, "This comment is cut: in full it would not fit GitHub's limit of 65,536 characters. "+
		"The job that wrote it has the whole preview.\n"))
	assert.Equal(t, strings.Count(text, "<details>"), strings.Count(text, "</details>"))
}

func TestNothingChanges(t *testing.T) {
	text := on(t, step("same", "aws:ebs/volume:Volume", "home", nil, inputs{"size": 10.0, "type": "gp3"}))
	assert.Equal(t, "<!-- torii preview: dev -->\n**Stack `dev`**: nothing changes.\n", text)
}

func TestGoldenFilesHaveTheirPreviews(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	require.NoError(t, err)
	for _, entry := range entries {
		name, kind, _ := strings.Cut(entry.Name(), ".")
		if kind == "json" || kind == "md" {
			assert.Contains(t, changes, name)
		}
	}
}
