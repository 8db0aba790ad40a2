//go:build integration

package access_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/iamsimulator"
	"torii/security/access"
)

const (
	remoteHost = "arn:aws:ssm:ap-northeast-1::document/AWS-StartPortForwardingSessionToRemoteHost"
	groups     = "arn:aws:autoscaling:ap-northeast-1:123456789012:autoScalingGroup:0a1b2c3d-1111-2222-3333-444455556666:autoScalingGroupName/"
	doorTag    = "torii-dev-bastion"
)

var door = access.BastionRules{TeamTag: doorTag, GroupName: "bastion-0a1b2c3"}

// users of the bastion are ken, an IAM user, whose only policy that is.
func users(t *testing.T, rules access.BastionRules) mode {
	t.Helper()
	text, err := rules.Policy(tokyo)
	require.NoError(t, err)
	m := modes(t, lab)[0]
	m.policies = map[string]map[string]string{"ken": {"bastion": text}}
	return m
}

// ofBastion are what ken may and may not.
func ofBastion(m mode) []expectation {
	const (
		notBastion  = "StartSessionsOnBastion: StringEquals ssm:resourceTag/ToriiTeam"
		notDocument = "UseSessionDocuments: another resource"
		unchecked   = "BoolIfExists ssm:SessionDocumentAccessCheck"
		nothing     = "no statement is about the action"
	)
	size := func(group string) question { return ask("ken", "autoscaling:SetDesiredCapacity", group, nil) }
	status := func(on, team string) question {
		return ask("ken", "ssm:GetConnectionStatus", on, map[string][]string{"ssm:resourceTag/ToriiTeam": {team}})
	}
	return []expectation{
		{"a host behind the bastion", start("ken", "", doorTag, remoteHost), true, "UseSessionDocuments"},
		{"a port of the bastion's own", start("ken", "", doorTag, forwarding), true, "UseSessionDocuments"},
		{"a notebook", start("ken", "ken", team, forwarding), false, notBastion},
		{"another stack's bastion", start("ken", "", "torii-prod-bastion", remoteHost), false, notBastion},
		{"a machine of no team", question{"ken", []part{{"ssm:StartSession", instance, nil}}}, false, notBastion},
		{"a bastion in another region", startOn("ken", elsewhere, "", doorTag, remoteHost), false, "another resource"},

		{"a shell", start("ken", "", doorTag, shell), false, notDocument},
		{"no document, which is a shell", start("ken", "", doorTag, unnamed), false, unchecked},
		{"no document, asked of the document itself", ask("ken", "ssm:StartSession", remoteHost,
			map[string][]string{"ssm:SessionDocumentAccessCheck": {"false"}}), false, unchecked},
		{"SSH", start("ken", "", doorTag, "arn:aws:ssm:ap-northeast-1::document/AWS-StartSSHSession"), false, notDocument},
		{"a command", ask("ken", "ssm:SendCommand", instance, map[string][]string{"ssm:resourceTag/ToriiTeam": {doorTag}}), false, nothing},

		{"ending an own session", session(m, "ken", "ssm:TerminateSession", "ken"), true, "EndAndResumeOwnSessions"},
		{"resuming an own session", session(m, "ken", "ssm:ResumeSession", "ken"), true, "EndAndResumeOwnSessions"},
		{"ending a colleague's session", session(m, "ken", "ssm:TerminateSession", "aiko"), false, "aws:ssmmessages:session-id"},
		{"ending an own session in another region", ask("ken", "ssm:TerminateSession", "arn:aws:ssm:us-east-1:123456789012:session/ken-1",
			map[string][]string{"ssm:resourceTag/aws:ssmmessages:session-id": {m.session("ken").userID}}), false, "another resource"},
		{"a session's data channel", ask("ken", "ssmmessages:OpenDataChannel", "*", nil), true, "OpenDataChannels"},

		{"starting and ending the bastion", size(groups + "bastion-0a1b2c3"), true, "StartAndEndBastion"},
		{"another group's size", size(groups + "web-0a1b2c3"), false, "StartAndEndBastion: another resource"},
		{"a group whose name begins alike", size(groups + "bastion-0a1b2c34"), false, "StartAndEndBastion: another resource"},
		{"more than one", ask("ken", "autoscaling:UpdateAutoScalingGroup", groups+"bastion-0a1b2c3", nil), false, nothing},
		{"keeping it over night", ask("ken", "autoscaling:DeleteScheduledAction", groups+"bastion-0a1b2c3", nil), false, nothing},
		{"suspending what ends it", ask("ken", "autoscaling:SuspendProcesses", groups+"bastion-0a1b2c3", nil), false, nothing},

		{"finding the group", ask("ken", "autoscaling:DescribeAutoScalingGroups", "*", nil), true, "FindBastion"},
		{"finding the machine", ask("ken", "ec2:DescribeInstances", "*", nil), true, "FindBastion"},
		{"whether it is connected", status(instance, doorTag), true, "SeeWhetherBastionIsConnected"},
		{"whether another is connected", status(instance, team), false, "ssm:resourceTag/ToriiTeam"},
		{"whether one in another region is connected", status(elsewhere, doorTag), false, "another resource"},
		{"a key for a session", ask("ken", "kms:GenerateDataKey", key, nil), false, nothing},
	}
}

func TestWhoMayUseTheBastion(t *testing.T) {
	m := users(t, door)
	check(t, m, ofBastion(m))
	everyWordMatters(t, m, ofBastion(m))
}

func TestBastionWithShellAndSessionKey(t *testing.T) {
	rules := door
	rules.Shell, rules.SessionKeyARN = true, key
	m := users(t, rules)
	check(t, m, []expectation{
		{"a shell", start("ken", "", doorTag, shell), true, "UseSessionDocuments"},
		{"a notebook's shell", start("ken", "ken", team, shell), false, "ssm:resourceTag/ToriiTeam"},
		{"a key for a session", ask("ken", "kms:GenerateDataKey", key, nil), true, "EncryptSessions"},
		{"decrypting", ask("ken", "kms:Decrypt", key, nil), false, "no statement is about the action"},
	})
	findings, err := iamsimulator.Lint(t.Context(), t.Output(), m.policies["ken"])
	require.NoError(t, err)
	assert.Empty(t, findings)
}
