//go:build integration

package integration

import (
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/iamsimulator"
)

const documents = "arn:aws:ssm:ap-northeast-1::document/"

// checkAccess asks a simulator what people may, by the policies and tags that AWS has.
// security/access asks it much more, of policies that no AWS has seen.
func checkAccess(t *testing.T, c clients) {
	assert.Equal(t, []string{"aiko", "ken"}, c.members())
	ken := c.policiesOf("ken")
	require.Len(t, ken, 2, "the team's and ken's own")
	findings, err := iamsimulator.Lint(t.Context(), os.Stderr, ken)
	require.NoError(t, err)
	assert.Empty(t, findings)

	type question struct {
		notebook, document string
		allowed            bool
	}
	questions := []question{
		{"ken-1", documents + "AWS-StartPortForwardingSession", true},
		{"ken-2", documents + "AWS-StartPortForwardingSession", true},
		{"aiko-1", documents + "AWS-StartPortForwardingSession", false},
		{"ken-1", "arn:aws:ssm:ap-northeast-1:123456789012:document/SSM-SessionManagerRunShell", false},
		{"ken-1", documents + "AWS-StartSSHSession", false},
	}
	var requests []iamsimulator.Request
	for _, q := range questions {
		// AWS asks twice, for the instance with its tags and for the document.
		requests = append(requests, c.mayStart(ken, q.notebook), iamsimulator.Request{
			Principal: "arn:aws:iam::123456789012:user/ken", Action: "ssm:StartSession", Resource: q.document,
			Context: map[string][]string{"ssm:SessionDocumentAccessCheck": {"true"}}, Policies: ken,
		})
	}
	answers, err := iamsimulator.Simulate(t.Context(), os.Stderr, requests)
	require.NoError(t, err)
	for i, q := range questions {
		instance, document := answers[2*i], answers[2*i+1]
		assert.Equal(t, q.allowed, instance.Allowed && document.Allowed, "ken on %s with %s: %s; %s",
			q.notebook, q.document, instance.Reason, document.Reason)
	}
}

// mayStart asks whether ken may start a session on a notebook, with the tags that it has.
func (c clients) mayStart(policies map[string]string, notebook string) iamsimulator.Request {
	c.t.Helper()
	machine := c.notebook(notebook)
	sent := map[string][]string{"ssm:SessionDocumentAccessCheck": {"true"}}
	for _, tag := range machine.Tags {
		sent["ssm:resourceTag/"+aws.ToString(tag.Key)] = []string{aws.ToString(tag.Value)}
	}
	return iamsimulator.Request{
		Principal: "arn:aws:iam::123456789012:user/ken", Action: "ssm:StartSession", Context: sent, Policies: policies,
		Resource: "arn:aws:ec2:ap-northeast-1:123456789012:instance/" + aws.ToString(machine.InstanceId),
	}
}
