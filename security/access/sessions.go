package access

import (
	"fmt"

	"torii/internal/account"
	"torii/internal/policy"
)

// Session documents: what a session may be.
const (
	portForwardingDocument = "AWS-StartPortForwardingSession"             // AWS's own, in no account
	remoteHostDocument     = "AWS-StartPortForwardingSessionToRemoteHost" // likewise
	shellDocument          = "SSM-SessionManagerRunShell"                 // the account's, of its session preferences
)

// documentOfAWS is the ARN of a document that every account has.
func documentOfAWS(at account.Place, name string) string {
	return fmt.Sprintf("arn:%s:ssm:%s::document/%s", at.Partition, at.Region, name)
}

// documentOfAccount is the ARN of one of the account's own.
func documentOfAccount(at account.Place, name string) string {
	return fmt.Sprintf("arn:%s:ssm:%s:%s:document/%s", at.Partition, at.Region, at.AccountID, name)
}

// sessions are the statements on sessions that do not depend on the instance: with which
// documents, and what with sessions that are one's own.
func sessions(at account.Place, documents []string) []policy.Statement {
	return []policy.Statement{
		{
			Sid: "UseSessionDocuments", Actions: []string{"ssm:StartSession"}, Resources: documents,
			Condition: policy.Condition{"BoolIfExists": documentChecked()},
		},
		{
			// Session Manager tags each session with the aws:userid that began it: a user's
			// id, or role-id:session-name. AWS's other way, a session's ARN that begins with the
			// user's name, would give ken what is ken-1's, and roles' sessions have no user name.
			// Source: "Additional sample IAM policies for Session Manager", "Allow a user to end
			// only sessions they started", method 2, in the Systems Manager user guide.
			Sid: "EndAndResumeOwnSessions", Actions: []string{"ssm:ResumeSession", "ssm:TerminateSession"},
			Resources: []string{fmt.Sprintf("arn:%s:ssm:%s:%s:session/*", at.Partition, at.Region, at.AccountID)},
			Condition: policy.Condition{"StringEquals": {"ssm:resourceTag/aws:ssmmessages:session-id": {"${aws:userid}"}}},
		},
		{
			// Session Manager's plugin signs this request since version 1.2.764.0. The Service
			// Authorization Reference, "Amazon Message Gateway Service", knows no resource for it.
			// "Sample IAM policies for Session Manager" has session/${aws:userid}-*, but sessions
			// are called after the user's or the role session's name ("Control session access to
			// managed nodes"). What guards a session is its token, which AWS gives to whoever may
			// start or resume it.
			Sid: "OpenDataChannels", Actions: []string{"ssmmessages:OpenDataChannel"}, Resources: []string{"*"},
		},
	}
}

// encryption is what sessions need whose preferences have a key: with encrypted sessions it
// is the person who makes a session's key, and the instance that decrypts it.
func encryption(keyARN string) []policy.Statement {
	if keyARN == "" {
		return nil
	}
	return []policy.Statement{{Sid: "EncryptSessions", Actions: []string{"kms:GenerateDataKey"}, Resources: []string{keyARN}}}
}

// documentChecked must be in every statement that allows ssm:StartSession. Without it a
// session that names no document, which is a shell, needs no permission on any. Source:
// the Systems Manager user guide on ssm:SessionDocumentAccessCheck.
func documentChecked() map[string][]string {
	return map[string][]string{"ssm:SessionDocumentAccessCheck": {"true"}}
}
