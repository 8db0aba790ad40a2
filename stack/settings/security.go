package settings

import "slices"

// Security is torii:security, who hears of it when somebody opens a session to a machine, and what holds for sessions.
type Security struct {
	// Where calls of AWS's API are recorded, which alerts are made from: stack (a CloudTrail trail of the
	// stack's own, in an encrypted bucket) or account (a trail that the account has already). Only with
	// notebooks, a bastion or sessionAlerts.
	Trail string `setting:"trail"`
	// With trail stack: days that its records are kept, 1 to 3653.
	TrailDays int `setting:"trailDays"`
	// E-mail addresses that are told of each session and each refused one. AWS asks each for consent first.
	SessionAlerts []string `setting:"sessionAlerts"`
	// Makes the preferences of all sessions in this account and region (SSM-SessionManagerRunShell): time-outs
	// and a key that encrypts them. One stack at most may; docs/operations.md says what else it asks for.
	SessionPreferences bool `setting:"sessionPreferences"`
	// With sessionPreferences: minutes without traffic after which a session ends, 1 to 60.
	SessionIdleMinutes int `setting:"sessionIdleMinutes"`
	// With sessionPreferences: minutes after which a session ends whatever happens in it, 1 to 1440.
	SessionMaxMinutes int `setting:"sessionMaxMinutes"`
	// What logs, disks, volumes, secrets and messages are encrypted with: stack (a KMS key of the stack's own) or aws
	// (the keys that AWS keeps in the account, at no cost). A change replaces machines and leaves volumes as they are.
	// With a hub or notebooks, whose snapshots need it, the key stays in AWS, at 1 USD a month, when the stack is
	// destroyed or changes to aws, until you delete it: see docs/operations.md.
	Key string `setting:"key"`
	// Name of an IAM policy that no role of the stack can exceed, its permissions boundary, as bootstrap makes one for
	// each stage. The roles are then in the path /<name>/. A change replaces them. Default none.
	RoleBoundary string `setting:"roleBoundary"`
}

// Values of torii:security.trail.
const (
	TrailStack   = "stack"
	TrailAccount = "account"
)

// Values of torii:security.key.
const (
	KeyStack = "stack"
	KeyAWS   = "aws"
)

// defaultSecurity is a section that says nothing. A session ends after twelve hours, which no working day exceeds;
// without a limit AWS keeps one open for as long as something talks in it.
func defaultSecurity() Security {
	return Security{
		Trail:              TrailStack,
		TrailDays:          365,
		SessionIdleMinutes: 20,
		SessionMaxMinutes:  720,
		Key:                KeyStack,
	}
}

// HasNotebooks says whether a workload is of kind notebooks.
func (s Settings) HasNotebooks() bool {
	return slices.ContainsFunc(s.Names(), func(name string) bool { return s.Workloads[name].Notebooks != nil })
}

// AuditsSessions says whether sessions are recorded and reported: where notebooks or a bastion are, which nothing else
// leads to, and where somebody wants to be told.
func (s Settings) AuditsSessions() bool {
	return s.HasNotebooks() || s.Bastion.Enabled || len(s.Security.SessionAlerts) > 0
}

// KeepsWork says whether a workload keeps people's work on volumes, whose snapshots outlive the stack.
func (s Settings) KeepsWork() bool { return s.HasJupyterHub() || s.HasNotebooks() }
