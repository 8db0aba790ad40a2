//go:build integration

package access_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/internal/iamsimulator"
	"torii/security/access"
)

var lab = access.Rules{TeamTag: team, ParameterPath: "/torii/dev/lab"}

// expectation is a question and what must become of it: allowed, or refused because of
// what the reason says.
type expectation struct {
	name     string
	question question
	allowed  bool
	because  string // part of the reason
}

// expectations are what ken, and now and then others, may and may not.
func expectations(m mode) []expectation {
	const (
		notOwner    = "StartSessionsOnOwn: StringEquals ssm:resourceTag/ToriiOwner"
		notTeam     = "StartSessionsOnOwn: StringEquals ssm:resourceTag/ToriiTeam"
		notDocument = "UseSessionDocuments: another resource"
		unchecked   = "BoolIfExists ssm:SessionDocumentAccessCheck"
		nothing     = "no statement is about the action"
	)
	document := func(name string) string { return "arn:aws:ssm:ap-northeast-1::document/" + name }
	power := func(action, owner, team string) question {
		return ask("ken", action, instance, tagged("aws:ResourceTag/", owner, team))
	}
	status := func(on, owner, team string) question {
		return ask("ken", "ssm:GetConnectionStatus", on, tagged("ssm:resourceTag/", owner, team))
	}
	return []expectation{
		{"own instance", start("ken", "ken", team, forwarding), true, "allowed by"},
		{"own instance, of a user of another name", start("mari", "m.sato", team, forwarding), true, "allowed by"},
		{"a colleague's instance", start("ken", "aiko", team, forwarding), false, notOwner},
		{"ken on ken-1's instance", start("ken", "ken-1", team, forwarding), false, notOwner},
		{"ken-1 on ken's instance", start("ken-1", "ken", team, forwarding), false, notOwner},
		{"own name in capitals", start("ken", "KEN", team, forwarding), false, notOwner},
		{"own instance in another team", start("ken", "ken", otherTeam, forwarding), false, notTeam},
		{"own instance in another region", startOn("ken", elsewhere, "ken", team, forwarding), false, "another resource"},
		{"an instance without an owner", question{"ken", []part{{"ssm:StartSession", instance, nil}}}, false, notOwner},

		{"a shell", start("ken", "ken", team, shell), false, notDocument},
		{"no document, which is a shell", start("ken", "ken", team, unnamed), false, unchecked},
		{"no document, asked of the document itself", ask("ken", "ssm:StartSession", forwarding,
			map[string][]string{"ssm:SessionDocumentAccessCheck": {"false"}}), false, unchecked},
		{"SSH", start("ken", "ken", team, document("AWS-StartSSHSession")), false, notDocument},
		{"a port of another host", start("ken", "ken", team, document("AWS-StartPortForwardingSessionToRemoteHost")), false, notDocument},
		{"commands as a session", start("ken", "ken", team, document("AWS-StartInteractiveCommand")), false, notDocument},
		{"a command's document", start("ken", "ken", team, document("AWS-RunShellScript")), false, notDocument},
		{"another document that carries the right tags", ask("ken", "ssm:StartSession", arn+"document/mine",
			tagged("ssm:resourceTag/", "ken", team)), false, "another resource"},
		{"a command", ask("ken", "ssm:SendCommand", instance, tagged("ssm:resourceTag/", "ken", team)), false, nothing},

		{"ending an own session", session(m, "ken", "ssm:TerminateSession", "ken"), true, "EndAndResumeOwnSessions"},
		{"resuming an own session", session(m, "ken", "ssm:ResumeSession", "ken"), true, "EndAndResumeOwnSessions"},
		{"ending a colleague's session", session(m, "ken", "ssm:TerminateSession", "aiko"), false, "aws:ssmmessages:session-id"},
		{"resuming a colleague's session", session(m, "ken", "ssm:ResumeSession", "aiko"), false, "aws:ssmmessages:session-id"},
		{"ken ending ken-1's session", session(m, "ken", "ssm:TerminateSession", "ken-1"), false, "aws:ssmmessages:session-id"},
		{"ken-1 ending ken's session", session(m, "ken-1", "ssm:TerminateSession", "ken"), false, "aws:ssmmessages:session-id"},
		{"ending an own session in another region", ask("ken", "ssm:TerminateSession", "arn:aws:ssm:us-east-1:123456789012:session/ken-1",
			map[string][]string{"ssm:resourceTag/aws:ssmmessages:session-id": {m.session("ken").userID}}), false, "another resource"},
		{"a session's data channel", ask("ken", "ssmmessages:OpenDataChannel", "*", nil), true, "OpenDataChannels"},

		{"starting an own instance", power("ec2:StartInstances", "ken", team), true, "StartAndStopOwn"},
		{"stopping an own instance", power("ec2:StopInstances", "ken", team), true, "StartAndStopOwn"},
		{"starting a colleague's", power("ec2:StartInstances", "aiko", team), false, "aws:ResourceTag/ToriiOwner"},
		{"stopping a colleague's", power("ec2:StopInstances", "aiko", team), false, "aws:ResourceTag/ToriiOwner"},
		{"stopping ken-1's", power("ec2:StopInstances", "ken-1", team), false, "aws:ResourceTag/ToriiOwner"},
		{"stopping one's own in another team", power("ec2:StopInstances", "ken", otherTeam), false, "aws:ResourceTag/ToriiTeam"},
		{"stopping one's own in another region", ask("ken", "ec2:StopInstances", elsewhere, tagged("aws:ResourceTag/", "ken", team)),
			false, "another resource"},
		{"terminating an own instance", power("ec2:TerminateInstances", "ken", team), false, nothing},
		{"tagging an own instance", power("ec2:CreateTags", "ken", team), false, nothing},
		{"untagging an own instance", power("ec2:DeleteTags", "ken", team), false, nothing},
		{"changing an own instance", power("ec2:ModifyInstanceAttribute", "ken", team), false, nothing},

		{"finding instances", ask("ken", "ec2:DescribeInstances", "*", nil), true, "FindInstances"},
		{"whether an own one is connected", status(instance, "ken", team), true, "SeeWhetherOwnAreConnected"},
		{"whether a colleague's is connected", status(instance, "aiko", team), false, "ssm:resourceTag/ToriiOwner"},
		{"whether one's own in another team is connected", status(instance, "ken", otherTeam), false, "ssm:resourceTag/ToriiTeam"},
		{"whether one's own in another region is connected", status(elsewhere, "ken", team), false, "another resource"},

		{"own token", token("ken", "ken"), true, "ReadOwnTokens"},
		{"own token, of a user of another name", token("mari", "mari"), true, "ReadOwnTokens"},
		{"a colleague's token", token("ken", "aiko"), false, "ReadOwnTokens: "},
		{"ken reading ken-1's token", token("ken", "ken-1"), false, "ReadOwnTokens: "},
		{"ken-1 reading ken's token", token("ken-1", "ken"), false, "ReadOwnTokens: "},
		{"another team's token", ask("ken", "ssm:GetParameter", arn+"parameter/torii/prod/lab/ken/1/token",
			tagged("aws:ResourceTag/", "ken", otherTeam)), false, "ReadOwnTokens: another resource"},
		{"what is no token", ask("ken", "ssm:GetParameter", arn+"parameter/torii/dev/lab/ken/1/secret",
			tagged("aws:ResourceTag/", "ken", team)), false, "ReadOwnTokens: another resource"},
		{"writing the own token", ask("ken", "ssm:PutParameter", arn+"parameter/torii/dev/lab/ken/1/token", nil), false, nothing},
		{"a key for a session", ask("ken", "kms:GenerateDataKey", key, nil), false, nothing},
	}
}

func TestWhoMay(t *testing.T) {
	for _, m := range modes(t, lab) {
		t.Run(m.name, func(t *testing.T) { check(t, m, expectations(m)) })
	}
}

// check asks all at once and compares.
func check(t *testing.T, m mode, wanted []expectation) {
	t.Helper()
	got := verdicts(t, m, questionsOf(wanted), unchanged)
	for i, want := range wanted {
		assert.Equal(t, want.allowed, got[i].allowed, "%s: %s", want.name, got[i].reason)
		assert.Contains(t, got[i].reason, want.because, want.name)
	}
}

func questionsOf(wanted []expectation) []question {
	all := make([]question, len(wanted))
	for i, want := range wanted {
		all[i] = want.question
	}
	return all
}

func TestWithShell(t *testing.T) {
	rules := lab
	rules.Shell = true
	for _, m := range modes(t, rules) {
		t.Run(m.name, func(t *testing.T) {
			check(t, m, []expectation{
				{"a shell", start("ken", "ken", team, shell), true, "UseSessionDocuments"},
				{"forwarding", start("ken", "ken", team, forwarding), true, "UseSessionDocuments"},
				{"a colleague's shell", start("ken", "aiko", team, shell), false, "ssm:resourceTag/ToriiOwner"},
				{"SSH", start("ken", "ken", team, "arn:aws:ssm:ap-northeast-1::document/AWS-StartSSHSession"), false, "another resource"},
				{"another account's preferences", start("ken", "ken", team,
					"arn:aws:ssm:ap-northeast-1:210987654321:document/SSM-SessionManagerRunShell"), false, "another resource"},
			})
		})
	}
}

func TestWithSessionKey(t *testing.T) {
	rules := lab
	rules.SessionKeyARN = key
	for _, m := range modes(t, rules) {
		t.Run(m.name, func(t *testing.T) {
			check(t, m, []expectation{
				{"a key for a session", ask("ken", "kms:GenerateDataKey", key, nil), true, "EncryptSessions"},
				{"another key", ask("ken", "kms:GenerateDataKey", key+"0", nil), false, "EncryptSessions: another resource"},
				{"decrypting", ask("ken", "kms:Decrypt", key, nil), false, "no statement is about the action"},
			})
		})
	}
}

// A role session without the owner tag, and instances and tokens without one or with an
// empty one: nothing is equal to nothing.
func TestASessionWithoutTheTagHasNothing(t *testing.T) {
	m := modes(t, lab)[1]
	tagged := m.session
	m.session = func(person string) credential {
		bare := tagged(person)
		bare.context = nil
		return bare
	}
	check(t, m, []expectation{
		{"somebody's instance", start("ken", "ken", team, forwarding), false, "ssm:resourceTag/ToriiOwner"},
		{"an empty owner's instance", start("ken", "", team, forwarding), false, "ssm:resourceTag/ToriiOwner"},
		{"an instance without an owner", ask("ken", "ssm:StartSession", instance,
			map[string][]string{"ssm:resourceTag/ToriiTeam": {team}}), false, "ssm:resourceTag/ToriiOwner"},
		{"somebody's token", token("ken", "ken"), false, "aws:ResourceTag/ToriiOwner"},
	})
}

func TestPoliciesAreWithoutFindings(t *testing.T) {
	rules := lab
	rules.Shell, rules.SessionKeyARN = true, key
	for _, m := range modes(t, rules) {
		findings, err := iamsimulator.Lint(t.Context(), t.Output(), m.policies["ken"])
		require.NoError(t, err)
		assert.Empty(t, findings, m.name)
	}
}
