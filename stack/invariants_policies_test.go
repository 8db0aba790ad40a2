package stack_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/recorder"
)

// withoutResource are the statements whose actions know no resource: all of them for "*".
// Source: AWS's service authorization reference.
var withoutResource = map[string][]string{
	"LogInToECR":  {"ecr:GetAuthorizationToken"},
	"SendMetrics": {"cloudwatch:PutMetricData"}, // bound to a namespace by its condition
	"SessionManagerChannels": {
		"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
		"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
	},
	"OpenDataChannels":        {"ssmmessages:OpenDataChannel"},
	"FindInstances":           {"ec2:DescribeInstances"},
	"FindBastion":             {"autoscaling:DescribeAutoScalingGroups", "ec2:DescribeInstances"},
	"ListVolumesAndSnapshots": {"ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeVolumes"},
}

const keyToken = "aws:kms/key:Key"

// keysAreForTheirUsers wants of a key's policy, whose resource is always the key itself, that
// services may use it for one thing only, and that all else is IAM's to decide.
func keysAreForTheirUsers(t *testing.T, all []recorder.Resource) {
	for _, each := range of(all, keyToken) {
		assert.Equal(t, true, each.Input("enableKeyRotation"), each.Name)
		var document struct {
			Statement []struct {
				Sid       string
				Principal map[string][]string
				Condition map[string]any
			}
		}
		require.NoError(t, json.Unmarshal([]byte(each.Input("policy").(string)), &document), each.Name)
		for i, statement := range document.Statement {
			if i == 0 {
				assert.Equal(t, map[string][]string{"AWS": {"arn:aws:iam::123456789012:root"}}, statement.Principal, each.Name)
				continue
			}
			if statement.Sid == "WhoMayUseTheThing" { // asks for the account, and for the service that keeps the thing
				condition, _ := statement.Condition["StringEquals"].(map[string]any)
				assert.Equal(t, []any{"123456789012"}, condition["kms:CallerAccount"], each.Name)
				assert.NotEmpty(t, condition["kms:ViaService"], each.Name)
				continue
			}
			assert.Len(t, statement.Principal["Service"], 1, "%s of %s", statement.Sid, each.Name)
			assert.NotEmpty(t, statement.Condition, "%s of %s", statement.Sid, each.Name)
		}
	}
}

func policiesAreNarrow(t *testing.T, all []recorder.Resource) {
	documents := 0
	for _, each := range all {
		for _, path := range []string{"policy", "assumeRolePolicy", "policyDocument"} {
			text, isText := each.Input(path).(string)
			if !isText {
				continue
			}
			documents++
			var document struct {
				Statement []struct {
					Sid, Effect      string
					Action, Resource []string
				}
			}
			require.NoError(t, json.Unmarshal([]byte(text), &document), "%s of %s", path, each.Name)
			for _, statement := range document.Statement {
				if statement.Effect != "Allow" {
					continue
				}
				if each.Type == keyToken || each.Type == endpointToken { // which have invariants of their own
					continue
				}
				for _, action := range statement.Action {
					assert.NotContains(t, action, "*", "%s of %s", statement.Sid, each.Name)
				}
				if !slices.Equal(statement.Action, withoutResource[statement.Sid]) {
					assert.NotContains(t, statement.Resource, "*", "%s of %s", statement.Sid, each.Name)
				}
			}
		}
	}
	assert.Positive(t, documents)
}

func instancesAskForTokens(t *testing.T, all []recorder.Resource) {
	for _, machine := range append(of(all, launchTemplateToken), of(all, instanceToken)...) {
		assert.Equal(t, map[string]any{"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0},
			machine.Input("metadataOptions"), machine.Name)
	}
}

// endpointsAreForTheAccountsOwn wants of an endpoint's policy, which takes away and gives nothing, that each statement
// names whose it is: the account, or the network for what others may do, which is to read from S3.
func endpointsAreForTheAccountsOwn(t *testing.T, all []recorder.Resource) {
	require.NotEmpty(t, of(all, endpointToken))
	for _, each := range of(all, endpointToken) {
		var document struct {
			Statement []struct {
				Sid       string
				Action    []string
				Condition map[string]map[string][]string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(each.Input("policy").(string)), &document), each.Name)
		for i, statement := range document.Statement {
			if i == 0 {
				assert.Equal(t, []string{"123456789012"}, statement.Condition["StringEquals"]["aws:PrincipalAccount"], each.Name)
				continue
			}
			assert.Equal(t, "network-s3", each.Name)
			assert.Equal(t, []string{"network-vpc-id"}, statement.Condition["StringEquals"]["aws:SourceVpc"], each.Name)
			for _, action := range statement.Action {
				assert.Regexp(t, "^s3:(Get|List)[A-Za-z]+$", action, each.Name)
			}
		}
	}
}
