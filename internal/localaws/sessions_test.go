//go:build integration

package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSessionsNeedAMachineThatRuns: AWS opens sessions to machines whose agent is connected, with documents it knows.
func TestSessionsNeedAMachineThatRuns(t *testing.T) {
	t.Parallel()
	server := start(t, options(t, t.TempDir()))
	keys := credentials.NewStaticCredentialsProvider("test", "test", "")
	machines := ec2.New(ec2.Options{BaseEndpoint: &server.URL, Region: "ap-northeast-1", Credentials: keys})
	sessions := ssm.New(ssm.Options{BaseEndpoint: &server.URL, Region: "ap-northeast-1", Credentials: keys})
	made, err := machines.RunInstances(t.Context(), &ec2.RunInstancesInput{
		ImageId: aws.String("ami-0fbe1e8a5b2d3e001"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
	})
	require.NoError(t, err)
	id := made.Instances[0].InstanceId

	connected := func() ssmtypes.ConnectionStatus {
		status, err := sessions.GetConnectionStatus(t.Context(), &ssm.GetConnectionStatusInput{Target: id})
		require.NoError(t, err)
		return status.Status
	}
	open := func(document string, parameters map[string][]string) (*ssm.StartSessionOutput, error) {
		return sessions.StartSession(t.Context(), &ssm.StartSessionInput{
			Target: id, DocumentName: &document, Parameters: parameters,
		})
	}
	const forward = "AWS-StartPortForwardingSession"
	ports := map[string][]string{"portNumber": {"8888"}, "localPortNumber": {"58888"}}

	assert.Equal(t, ssmtypes.ConnectionStatusNotConnected, connected(), "an agent that was just started")
	assert.Equal(t, ssmtypes.ConnectionStatusConnected, connected())
	opened, err := open(forward, ports)
	require.NoError(t, err)
	assert.NotEmpty(t, opened.SessionId)
	assert.NotEmpty(t, opened.TokenValue)
	assert.Equal(t, "wss://ssmmessages.ap-northeast-1.amazonaws.com/v1/data-channel/"+*opened.SessionId, *opened.StreamUrl)
	_, err = sessions.TerminateSession(t.Context(), &ssm.TerminateSessionInput{SessionId: opened.SessionId})
	require.NoError(t, err)

	_, err = open("AWS-NoSuchDocument", nil)
	require.ErrorContains(t, err, "InvalidDocument: Document with name AWS-NoSuchDocument does not exist.")

	_, err = machines.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{*id}})
	require.NoError(t, err)
	assert.Equal(t, ssmtypes.ConnectionStatusNotConnected, connected())
	_, err = open(forward, ports)
	var gone *ssmtypes.TargetNotConnected
	require.ErrorAs(t, err, &gone)
	_, err = machines.StartInstances(t.Context(), &ec2.StartInstancesInput{InstanceIds: []string{*id}})
	require.NoError(t, err)
	assert.Equal(t, ssmtypes.ConnectionStatusNotConnected, connected(), "started again, its agent takes a while again")
}
