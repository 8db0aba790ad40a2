//go:build integration

package access_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"torii/internal/iamsimulator"
	"torii/security/access"
)

const (
	arn       = "arn:aws:ssm:ap-northeast-1:123456789012:"
	instance  = "arn:aws:ec2:ap-northeast-1:123456789012:instance/i-0123456789abcdef0"
	elsewhere = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0"

	forwarding = "arn:aws:ssm:ap-northeast-1::document/AWS-StartPortForwardingSession"
	shell      = arn + "document/SSM-SessionManagerRunShell"
	unnamed    = "" // a session that names no document

	team      = "torii-dev-lab"
	otherTeam = "torii-prod-lab"
)

// mode is one way in which AWS knows people.
type mode struct {
	name     string
	policies map[string]map[string]string   // of each person, by the policies' names
	session  func(person string) credential // as whom a person asks
}

// credential is what AWS sees of somebody who asks.
type credential struct {
	principal, userID string
	context           map[string][]string
}

// identities are the people of the team and what their instances' owner tags say.
var identities = map[string]string{"aiko": "aiko", "ken": "ken", "ken-1": "ken-1", "mari": "m.sato"}

// modes are both, from the same rules. Roles is one role that everybody of the team takes.
func modes(t *testing.T, rules access.Rules) []mode {
	t.Helper()
	must := func(text string, err error) string {
		require.NoError(t, err)
		return text
	}
	users := mode{name: "users", policies: map[string]map[string]string{}, session: func(person string) credential {
		name := identities[person]
		return credential{principal: "arn:aws:iam::123456789012:user/" + name, userID: "AIDA" + name,
			context: map[string][]string{"aws:username": {name}}}
	}}
	roles := mode{name: "session tags", policies: map[string]map[string]string{}, session: func(person string) credential {
		return credential{principal: "arn:aws:sts::123456789012:assumed-role/Lab/" + person, userID: "AROALAB:" + person,
			context: map[string][]string{"aws:PrincipalTag/ToriiOwner": {identities[person]}}}
	}}
	for person, identity := range identities {
		users.policies[person] = map[string]string{
			"group":  must(rules.GroupPolicy(tokyo)),
			"person": must(rules.PersonPolicy(tokyo, person, identity)),
		}
		roles.policies[person] = map[string]string{"roles": must(rules.SessionTagsPolicy(tokyo))}
	}
	return []mode{users, roles}
}

// question is what somebody wants to do: all of its parts must be allowed, as when a session
// is started, which AWS asks of the instance and of the document.
type question struct {
	who   string
	parts []part
}

// part is one action on one resource.
type part struct {
	action, resource string
	context          map[string][]string
}

// ask is a question of one part.
func ask(who, action, resource string, context map[string][]string) question {
	return question{who: who, parts: []part{{action: action, resource: resource, context: context}}}
}

// tagged is what AWS sends along of the tags of an instance, a document or a parameter.
func tagged(prefix, owner, team string) map[string][]string {
	return map[string][]string{prefix + "ToriiOwner": {owner}, prefix + "ToriiTeam": {team}}
}

// start is a session on somebody's instance, with a document.
func start(who, owner, team, document string) question {
	return startOn(who, instance, owner, team, document)
}

func startOn(who, instance, owner, team, document string) question {
	context := tagged("ssm:resourceTag/", owner, team)
	if document == unnamed {
		context["ssm:SessionDocumentAccessCheck"] = []string{"false"}
		return ask(who, "ssm:StartSession", instance, context)
	}
	checked := map[string][]string{"ssm:SessionDocumentAccessCheck": {"true"}}
	maps.Copy(context, checked)
	return question{who: who, parts: []part{
		{"ssm:StartSession", instance, context}, {"ssm:StartSession", document, checked},
	}}
}

// session is ending or resuming a session that somebody else, or the same, began.
func session(m mode, who, action, whose string) question {
	id := arn + "session/" + identities[whose] + "-0a1b2c3d4e5f67890"
	return ask(who, action, id, map[string][]string{"ssm:resourceTag/aws:ssmmessages:session-id": {m.session(whose).userID}})
}

// token is reading the token of somebody's first notebook.
func token(who, whose string) question {
	return ask(who, "ssm:GetParameter", arn+"parameter/torii/dev/lab/"+whose+"/1/token",
		tagged("aws:ResourceTag/", identities[whose], team))
}

// verdict is whether a question is allowed, and why its last part, or the first that is not.
type verdict struct {
	allowed bool
	reason  string
}

// verdicts answers questions with what people's policies are made into by change.
func verdicts(t *testing.T, m mode, questions []question, change func(name, text string) string) []verdict {
	t.Helper()
	requests := requests(m, questions, change)
	answers, err := iamsimulator.Simulate(t.Context(), t.Output(), requests)
	require.NoError(t, err)
	return collect(questions, answers)
}

func requests(m mode, questions []question, change func(name, text string) string) []iamsimulator.Request {
	var all []iamsimulator.Request
	for _, q := range questions {
		policies := map[string]string{}
		for name, text := range m.policies[q.who] {
			policies[name] = change(name, text)
		}
		self := m.session(q.who)
		for _, p := range q.parts {
			context := map[string][]string{"aws:userid": {self.userID}}
			maps.Copy(context, self.context)
			maps.Copy(context, p.context)
			all = append(all, iamsimulator.Request{
				Principal: self.principal, Action: p.action, Resource: p.resource, Context: context, Policies: policies,
			})
		}
	}
	return all
}

func collect(questions []question, answers []iamsimulator.Answer) []verdict {
	all := make([]verdict, len(questions))
	for i, q := range questions {
		parts := answers[:len(q.parts)]
		answers = answers[len(q.parts):]
		decisive := slices.IndexFunc(parts, func(a iamsimulator.Answer) bool { return !a.Allowed })
		if decisive < 0 {
			decisive = len(parts) - 1
		}
		all[i] = verdict{allowed: parts[decisive].Allowed, reason: parts[decisive].Reason}
	}
	return all
}

// unchanged leaves policies as they are.
func unchanged(_, text string) string { return text }
