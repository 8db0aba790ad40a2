package jupyterhub

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ebs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/compute/jupyterhub/guest"
	"torii/internal/account"
	"torii/internal/machine"
	"torii/internal/policy"
	"torii/internal/tags"
)

// Grants names what a hub's instance may touch.
type Grants struct {
	VolumeARN       string
	DataTagValue    string // that the volume and the instance carry
	SettingsARN     string
	SecretsARN      string // of the parameter of its own secrets
	ClientSecretARN string // of the authenticator's secret in Secrets Manager; "" without one
	LogGroupARN     string
	SessionKeyARN   string // of session preferences that encrypt; "" without
}

// InstancePolicy is what a hub's instance may do: attach its own volume to itself, read
// its settings, keep its secrets, write its log, send its metrics, and be reached by Session
// Manager. The key of its secrets lets whoever may read a parameter decrypt it, so no
// statement names a key for that.
func InstancePolicy(at account.Place, g Grants) (string, error) {
	statements := []policy.Statement{
		{
			Sid: "AttachOwnVolume", Actions: []string{"ec2:AttachVolume"}, Resources: []string{g.VolumeARN, machine.Instances(at)},
			Condition: policy.Condition{"StringEquals": {"aws:ResourceTag/" + tags.DataKey: {g.DataTagValue}}},
		},
		{Sid: "ReadSettings", Actions: []string{"ssm:GetParameter"}, Resources: []string{g.SettingsARN}},
		{Sid: "KeepOwnSecrets", Actions: []string{"ssm:GetParameter", "ssm:PutParameter"}, Resources: []string{g.SecretsARN}},
		{
			Sid: "WriteOwnLogs", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: []string{strings.TrimSuffix(g.LogGroupARN, ":*") + ":*"},
		},
		{ // metrics have no ARNs, so the namespace is all that can bound it
			Sid: "SendMetrics", Actions: []string{"cloudwatch:PutMetricData"}, Resources: []string{"*"},
			Condition: policy.Condition{"StringEquals": {"cloudwatch:namespace": {guest.MetricsNamespace}}},
		},
	}
	if g.ClientSecretARN != "" {
		statements = append(statements, policy.Statement{
			Sid: "ReadClientSecret", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: []string{g.ClientSecretARN},
		})
	}
	return policy.JSON(append(statements, machine.SessionManager(at, g.SessionKeyARN)...)...)
}

// role makes the instance's role.
func (b *builder) role(
	volume *ebs.Volume, log *cloudwatch.LogGroup, secrets, settings *ssm.Parameter,
) (*iam.InstanceProfile, pulumi.Resource, error) {
	sessionKey := b.args.SessionKeyARN
	if sessionKey == nil {
		sessionKey = pulumi.String("")
	}
	document := pulumi.All(volume.Arn, settings.Arn, secrets.Arn, log.Arn, sessionKey).ApplyT(func(arns []any) (string, error) {
		return InstancePolicy(b.args.Cloud, Grants{
			VolumeARN:       arns[0].(string),
			DataTagValue:    machine.DataTagValue(b.args.Tags, b.name),
			SettingsARN:     arns[1].(string),
			SecretsARN:      arns[2].(string),
			ClientSecretARN: b.args.Settings.ClientSecretARN,
			LogGroupARN:     arns[3].(string),
			SessionKeyARN:   arns[4].(string),
		})
	}).(pulumi.StringOutput)
	return b.maker().Role(b.name, document)
}
