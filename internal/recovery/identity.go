package recovery

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func iamTag(t types.Tag) (*string, *string) { return t.Key, t.Value }

// roles lists roles, and the policies that stand in them.
func (a *Account) roles(ctx context.Context) ([]Thing, error) {
	var things []Thing
	pages := iam.NewListRolesPaginator(a.iam, &iam.ListRolesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.Roles {
			found, err := a.iam.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: each.RoleName})
			if err != nil {
				return nil, err
			}
			tags, name := tagsOf(found.Tags, iamTag), aws.ToString(each.RoleName)
			if !a.ours(tags) {
				continue
			}
			things = append(things, named("aws:iam/role:Role", name, "name", name, tags))
			inside, err := a.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: each.RoleName})
			if err != nil {
				return nil, err
			}
			for _, policy := range inside.PolicyNames {
				things = append(things, Thing{Type: rolePolicy, ID: name + ":" + policy, Name: policy,
					Key: name + " " + stem(policy), Props: map[string]any{"name": policy}})
			}
		}
	}
	return things, nil
}

// identities lists the rest of IAM. Groups have no tags: only one that an update is known to have made is the stack's.
func (a *Account) identities(ctx context.Context) ([]Thing, error) {
	var things []Thing
	policies := iam.NewListPoliciesPaginator(a.iam, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal})
	for policies.HasMorePages() {
		page, err := policies.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.Policies {
			found, err := a.iam.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: each.Arn})
			if err != nil {
				return nil, err
			}
			if tags := tagsOf(found.Tags, iamTag); a.ours(tags) {
				things = append(things, named("aws:iam/policy:Policy", aws.ToString(each.Arn), "name", aws.ToString(each.PolicyName), tags))
				things[len(things)-1].Props["arn"] = aws.ToString(each.Arn)
			}
		}
	}
	profiles := iam.NewListInstanceProfilesPaginator(a.iam, &iam.ListInstanceProfilesInput{})
	for profiles.HasMorePages() {
		page, err := profiles.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.InstanceProfiles {
			found, err := a.iam.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: each.InstanceProfileName})
			if err != nil {
				return nil, err
			}
			if tags, name := tagsOf(found.InstanceProfile.Tags, iamTag), aws.ToString(each.InstanceProfileName); a.ours(tags) {
				things = append(things, named("aws:iam/instanceProfile:InstanceProfile", name, "name", name, tags))
			}
		}
	}
	certificates := iam.NewListServerCertificatesPaginator(a.iam, &iam.ListServerCertificatesInput{})
	for certificates.HasMorePages() {
		page, err := certificates.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.ServerCertificateMetadataList {
			found, err := a.iam.ListServerCertificateTags(ctx, &iam.ListServerCertificateTagsInput{
				ServerCertificateName: each.ServerCertificateName,
			})
			if err != nil {
				return nil, err
			}
			if tags := tagsOf(found.Tags, iamTag); a.ours(tags) {
				things = append(things, named("aws:iam/serverCertificate:ServerCertificate", aws.ToString(each.ServerCertificateId),
					"name", aws.ToString(each.ServerCertificateName), tags))
			}
		}
	}
	return things, nil
}

func (a *Account) people(ctx context.Context) ([]Thing, error) {
	wanted := map[string]bool{}
	for _, each := range a.known {
		if text(each, "type") == iamGroup {
			wanted[text(object(each["inputs"]), "name")] = true
		}
	}
	var things []Thing
	groups := iam.NewListGroupsPaginator(a.iam, &iam.ListGroupsInput{})
	for groups.HasMorePages() {
		page, err := groups.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.Groups {
			if name := aws.ToString(each.GroupName); wanted[name] {
				things = append(things, Thing{Type: iamGroup, ID: name, Name: name, Key: name})
			}
		}
	}
	return things, nil
}
