package access

import (
	"fmt"

	"torii/internal/account"
	"torii/internal/policy"
	"torii/internal/tags"
)

// principalOwner is the owner tag of whoever asks: a role session's tag, or a role's or
// user's own. Without one the condition it stands in cannot be met.
const principalOwner = "${aws:PrincipalTag/" + tags.OwnerKey + "}"

// Rules are what a team's policies are made from.
type Rules struct {
	TeamTag       string // value of the team tag
	ParameterPath string // tokens are at <path>/<person>/<notebook>/token
	Shell         bool   // an interactive shell too
	SessionKeyARN string // KMS key of the session preferences; "" without
}

// GroupPolicy is what everybody of a team may do alike: with which documents, and what
// with sessions that are their own. It lets nobody reach any instance.
func (r Rules) GroupPolicy(at account.Place) (string, error) {
	return policy.JSON(r.alike(at)...)
}

// PersonPolicy is what one IAM user may do with the notebooks of theirs: owner is the
// value of the owner tag on them, person the name in their tokens' paths.
func (r Rules) PersonPolicy(at account.Place, person, owner string) (string, error) {
	return policy.JSON(append(r.onOwn(at, owner), policy.Statement{
		Sid: "ReadOwnTokens", Actions: []string{"ssm:GetParameter"},
		// The slash after the name keeps ken out of what is ken-1's.
		Resources: []string{r.parameters(at, person+"/*/token")},
	})...)
}

// SessionTagsPolicy is both in one, for roles whose sessions carry the owner tag: it says
// "yours" by comparing tags, so that one policy does for everybody.
func (r Rules) SessionTagsPolicy(at account.Place) (string, error) {
	statements := append(r.alike(at), r.onOwn(at, principalOwner)...)
	return policy.JSON(append(statements, policy.Statement{
		Sid: "ReadOwnTokens", Actions: []string{"ssm:GetParameter"},
		Resources: []string{r.parameters(at, "*/token")}, // the path is the team's
		Condition: policy.Condition{"StringEquals": {"aws:ResourceTag/" + tags.OwnerKey: {principalOwner}}},
	})...)
}

// alike are the statements that do not depend on the person.
func (r Rules) alike(at account.Place) []policy.Statement {
	documents := []string{documentOfAWS(at, portForwardingDocument)}
	if r.Shell {
		documents = append(documents, documentOfAccount(at, shellDocument))
	}
	statements := append(sessions(at, documents), policy.Statement{
		Sid: "FindInstances", Actions: []string{"ec2:DescribeInstances"}, Resources: []string{"*"}, // it knows no resource
	})
	return append(statements, encryption(r.SessionKeyARN)...)
}

// onOwn are the statements on instances that carry an owner's tag and the team's. Starting
// a session is asked for twice, on the instance and on the document; they are statements
// apart because the document does not carry the instance's tags.
func (r Rules) onOwn(at account.Place, owner string) []policy.Statement {
	instances := []string{fmt.Sprintf("arn:%s:ec2:%s:%s:instance/*", at.Partition, at.Region, at.AccountID)}
	bySessionManager := r.own("ssm:resourceTag/", owner)
	return []policy.Statement{
		{
			Sid: "StartSessionsOnOwn", Actions: []string{"ssm:StartSession"}, Resources: instances,
			Condition: policy.Condition{"BoolIfExists": documentChecked(), "StringEquals": bySessionManager},
		},
		{
			Sid: "SeeWhetherOwnAreConnected", Actions: []string{"ssm:GetConnectionStatus"}, Resources: instances,
			Condition: policy.Condition{"StringEquals": bySessionManager},
		},
		{
			Sid: "StartAndStopOwn", Actions: []string{"ec2:StartInstances", "ec2:StopInstances"}, Resources: instances,
			Condition: policy.Condition{"StringEquals": r.own("aws:ResourceTag/", owner)},
		},
	}
}

// own asks for an owner's tag and the team's. Both: one person may be in two teams, and
// two stacks of an account may have people of one name.
func (r Rules) own(key, owner string) map[string][]string {
	return map[string][]string{key + tags.OwnerKey: {owner}, key + tags.TeamKey: {r.TeamTag}}
}

// parameters is the ARN of what is below the path. Tokens are encrypted with AWS's own key
// of Parameter Store, whose policy lets everybody of the account decrypt what they may read.
func (r Rules) parameters(at account.Place, below string) string {
	return fmt.Sprintf("arn:%s:ssm:%s:%s:parameter%s/%s", at.Partition, at.Region, at.AccountID, r.ParameterPath, below)
}
