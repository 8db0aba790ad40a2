package main

import (
	"fmt"
	"slices"

	"torii/internal/account"
	"torii/internal/policy"
)

// document writes one of a role's policies when the state's bucket and key are known. IAM takes 6144 characters for one
// and ten of them for a role, so they are cut by what they are about.
type document func(bucket, keyARN string) []policy.Statement

// grants are the policies of a stage's role, by what they are about.
func grants(s settings, at account.Place, stage string, p purpose) map[string]document {
	g := granting{at: at, project: s.Project, stage: stage}
	always := func(statements ...policy.Statement) document {
		return func(_, _ string) []policy.Statement { return statements }
	}
	all := map[string]document{
		"state": func(bucket, keyARN string) []policy.Statement { return g.state(bucket, keyARN, p) },
		"look":  always(g.look(p)...),
	}
	if p != deploying {
		return all
	}
	all["make"] = always(g.make()...)
	all["change"] = always(g.change()...)
	all["change-network"] = always(g.changeNetwork()...)
	all["roles"] = always(g.roles()...)
	all["other"] = always(g.other(s.Zones[stage])...)
	if slices.Contains(s.People, stage) {
		all["people"] = always(g.people()...)
	}
	return all
}

// granting is what statements about a stage are made from.
type granting struct {
	at             account.Place
	project, stage string
}

// own is the condition that something bears the stage's tags: what there is (aws:ResourceTag) or what is asked for
// (aws:RequestTag).
func (g granting) own(key string) policy.Condition {
	return policy.Condition{"StringEquals": {key + "/Project": {g.project}, key + "/Stack": {g.stage}}}
}

// here is the condition that a request is made in the stages' region.
func (g granting) here() policy.Condition {
	return policy.Condition{"StringEquals": {"aws:RequestedRegion": {g.at.Region}}}
}

// arn names something in the account's part of the region, or with "" for the region in all of them.
func (g granting) arn(service, region, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", g.at.Partition, service, region, g.at.AccountID, resource)
}

// boundaryName is the policy that no role of a stack can exceed, and the path of those roles: roleBoundary in its settings.
func boundaryName(project, stage string) string { return project + "-" + stage }

// notOfOthers refuses what bears the tags of another stage, whatever else would allow it.
func (g granting) notOfOthers() policy.Statement {
	return policy.Statement{
		Sid: "NotOfOtherStages", Deny: true, Actions: []string{"*"}, Resources: []string{"*"},
		Condition: policy.Condition{
			"StringEquals":    {"aws:ResourceTag/Project": {g.project}},
			"StringNotEquals": {"aws:ResourceTag/Stack": {g.stage}},
		},
	}
}

// state is where a stage's state is, its own folder of the bucket, and the key to the secrets in it. Only deployments
// write; a preview takes no lock, and neither does a refresh that only looks.
func (g granting) state(bucket, keyARN string, p purpose) []policy.Statement {
	arn := "arn:" + g.at.Partition + ":s3:::" + bucket
	folder := arn + "/" + g.stage + "/*"
	files, withKey := []string{"s3:GetObject"}, []string{"kms:Decrypt"}
	if p == deploying {
		files = append(files, "s3:PutObject", "s3:DeleteObject")
		withKey = append(withKey, "kms:GenerateDataKey")
	}
	return []policy.Statement{
		{
			Sid: "FindState", Actions: []string{"s3:ListBucket"}, Resources: []string{arn},
			Condition: policy.Condition{"StringLike": {"s3:prefix": {g.stage + "/*"}}},
		},
		{Sid: "State", Actions: files, Resources: []string{folder}},
		{
			Sid: "StateIsEncrypted", Actions: withKey, Resources: []string{keyARN},
			Condition: policy.Condition{"StringLike": {"kms:EncryptionContext:aws:s3:arn": {folder}}},
		},
		{
			// The address of the key in the stack file has the stage in it, which KMS compares.
			Sid: "Secrets", Actions: []string{"kms:Decrypt"}, Resources: []string{keyARN},
			Condition: policy.Condition{"StringEquals": {"kms:EncryptionContext:stage": {g.stage}}},
		},
	}
}
