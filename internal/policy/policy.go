// Package policy writes AWS policy documents as typed values instead of text.
package policy

import (
	"encoding/json"
	"fmt"
	"slices"
)

// version is the only policy language version that knows variables and conditions
// as AWS documents them.
const version = "2012-10-17"

// Statement is one permission, or with Deny one prohibition.
type Statement struct {
	Sid       string    // optional; letters and digits
	Deny      bool      // Allow when false
	Principal Principal // who; only in trust and resource policies
	Actions   []string
	Resources []string // what; empty in trust policies
	Condition Condition
}

// Principal names who a trust or resource policy is about.
type Principal struct {
	Services  []string // such as ecs-tasks.amazonaws.com
	AWS       []string // account or role ARNs; AnyoneHere for whoever a condition on the caller means
	Federated []string // ARNs of identity providers
	Anyone    bool     // "*"; for Deny statements only
}

// AnyoneHere is everybody of the account, or in the VPC, that the statement's condition names, as the policies of AWS's own
// keys and of VPC endpoints have it.
const AnyoneHere = "*"

// callers are the condition keys that AnyoneHere needs one of.
var callers = []string{"aws:PrincipalAccount", "aws:SourceVpc", "kms:CallerAccount"}

// Condition is operator, then key, then values.
type Condition map[string]map[string][]string

// MarshalJSON writes what a truth value is compared with as a text: AWS reads a list of one the same way, auditors such as
// Prowler do not.
func (c Condition) MarshalJSON() ([]byte, error) {
	all := map[string]map[string]any{}
	for operator, keys := range c {
		all[operator] = map[string]any{}
		for key, values := range keys {
			all[operator][key] = values
			if operator == "Bool" && len(values) == 1 {
				all[operator][key] = values[0]
			}
		}
	}
	return json.Marshal(all)
}

// document and the types below are the JSON that AWS reads.
type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string    `json:",omitempty"`
	Effect    string    `json:"Effect"`
	Principal any       `json:",omitempty"`
	Action    []string  `json:"Action"`
	Resource  []string  `json:",omitempty"`
	Condition Condition `json:",omitempty"`
}

// JSON writes a policy document of the statements, in their order. It fails when a
// statement allows nothing or allows it to everybody.
func JSON(statements ...Statement) (string, error) {
	doc := document{Version: version, Statement: make([]statement, 0, len(statements))}
	for i, s := range statements {
		if len(s.Actions) == 0 {
			return "", fmt.Errorf("policy statement %d %q names no action", i, s.Sid)
		}
		if s.Principal.Anyone && !s.Deny {
			return "", fmt.Errorf("policy statement %d %q allows everybody", i, s.Sid)
		}
		if slices.Contains(s.Principal.AWS, AnyoneHere) && !s.Condition.namesCallers() {
			return "", fmt.Errorf("policy statement %d %q allows everybody in every account", i, s.Sid)
		}
		effect := "Allow"
		if s.Deny {
			effect = "Deny"
		}
		doc.Statement = append(doc.Statement, statement{
			Sid: s.Sid, Effect: effect, Principal: s.Principal.value(),
			Action: s.Actions, Resource: s.Resources, Condition: s.Condition,
		})
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("writing a policy document: %w", err)
	}
	return string(text), nil
}

// namesCallers says whether somebody's account or network has to be one of those named.
func (c Condition) namesCallers() bool {
	return slices.ContainsFunc(callers, func(key string) bool { return len(c["StringEquals"][key]) > 0 })
}

func (p Principal) value() any {
	if p.Anyone {
		return "*"
	}
	who := map[string][]string{}
	if len(p.Services) > 0 {
		who["Service"] = p.Services
	}
	if len(p.AWS) > 0 {
		who["AWS"] = p.AWS
	}
	if len(p.Federated) > 0 {
		who["Federated"] = p.Federated
	}
	if len(who) == 0 {
		return nil
	}
	return who
}

// Trust writes the trust policy that lets one AWS service use a role, and only on
// behalf of this account: without the condition another account's resource could have
// the service use the role for it (the "confused deputy").
func Trust(service, accountID string) (string, error) {
	return JSON(Statement{
		Principal: Principal{Services: []string{service}},
		Actions:   []string{"sts:AssumeRole"},
		Condition: Condition{"StringEquals": {"aws:SourceAccount": {accountID}}},
	})
}
