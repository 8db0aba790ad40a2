//go:build integration

package localaws_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dlm"
	"github.com/aws/aws-sdk-go-v2/service/dlm/types"

	"torii/internal/localaws"
)

// daily returns a policy as the provider sends it.
func daily(tag string) *dlm.CreateLifecyclePolicyInput {
	return &dlm.CreateLifecyclePolicyInput{
		Description:      aws.String("Daily snapshots"),
		ExecutionRoleArn: aws.String("arn:aws:iam::123456789012:role/snapshots"),
		State:            types.SettablePolicyStateValuesEnabled,
		Tags:             map[string]string{"Name": "hub"},
		PolicyDetails: &types.PolicyDetails{
			PolicyType:    types.PolicyTypeValuesEbsSnapshotManagement,
			ResourceTypes: []types.ResourceTypeValues{types.ResourceTypeValuesVolume},
			TargetTags:    []types.Tag{{Key: aws.String("Data"), Value: aws.String(tag)}},
			Schedules: []types.Schedule{{
				Name:       aws.String("daily"),
				CreateRule: &types.CreateRule{Interval: aws.Int32(24), IntervalUnit: types.IntervalUnitValuesHours, Times: []string{"18:00"}},
				RetainRule: &types.RetainRule{Count: aws.Int32(7)},
				CopyTags:   aws.Bool(true),
				TagsToAdd:  []types.Tag{{Key: aws.String("By"), Value: aws.String("schedule")}},
			}},
		},
	}
}

func policies(t *testing.T, server *localaws.Server) []string {
	t.Helper()
	found, err := server.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found["dlm"]["LifecyclePolicy"]
}

func TestLifecyclePolicyFromCreationToDeletion(t *testing.T) {
	t.Parallel()
	server := start(t, options(t, t.TempDir()))
	client := dlm.NewFromConfig(config(server))
	ctx := t.Context()
	id := ask(t, client.CreateLifecyclePolicy, daily("hub")).PolicyId
	if !regexp.MustCompile(`^policy-[0-9a-f]{17}$`).MatchString(*id) {
		t.Errorf("the id is %s", *id)
	}
	get := func() *types.LifecyclePolicy {
		t.Helper()
		return ask(t, client.GetLifecyclePolicy, &dlm.GetLifecyclePolicyInput{PolicyId: id}).Policy
	}
	made := get()
	arn := "arn:aws:dlm:" + region + ":123456789012:policy/" + *id
	if *made.PolicyArn != arn || made.State != "ENABLED" || *made.StatusMessage != "ENABLED" || *made.Description != "Daily snapshots" ||
		*made.ExecutionRoleArn != "arn:aws:iam::123456789012:role/snapshots" || *made.DefaultPolicy {
		t.Errorf("made %+v", made)
	}
	if age := time.Since(*made.DateCreated); age < 0 || age > time.Minute || !made.DateModified.Equal(*made.DateCreated) {
		t.Errorf("created %s, modified %s", made.DateCreated, made.DateModified)
	}
	schedule := made.PolicyDetails.Schedules[0]
	if made.PolicyDetails.ResourceLocations[0] != "CLOUD" || *schedule.RetainRule.Count != 7 || !*schedule.CopyTags ||
		*schedule.CreateRule.Interval != 24 || schedule.CreateRule.Times[0] != "18:00" || *schedule.TagsToAdd[0].Key != "By" ||
		*made.PolicyDetails.TargetTags[0].Value != "hub" {
		t.Errorf("details: %+v", made.PolicyDetails)
	}
	if found := policies(t, server); !slices.Equal(found, []string{arn}) {
		t.Errorf("what exists: %v", found)
	}

	// An update keeps what it leaves out, in the details too.
	ask(t, client.UpdateLifecyclePolicy, &dlm.UpdateLifecyclePolicyInput{
		PolicyId: id, State: types.SettablePolicyStateValuesDisabled, PolicyDetails: &types.PolicyDetails{
			Schedules: []types.Schedule{{CreateRule: schedule.CreateRule, RetainRule: &types.RetainRule{Count: aws.Int32(14)}}},
		},
	})
	now := get()
	if now.State != "DISABLED" || *now.Description != "Daily snapshots" || *now.PolicyDetails.TargetTags[0].Value != "hub" ||
		*now.PolicyDetails.Schedules[0].RetainRule.Count != 14 || now.DateModified.Before(*now.DateCreated) {
		t.Errorf("updated: %+v", now)
	}
	_, err := client.UpdateLifecyclePolicy(ctx, &dlm.UpdateLifecyclePolicyInput{PolicyId: id, PolicyDetails: &types.PolicyDetails{
		PolicyType: types.PolicyTypeValuesImageManagement,
	}})
	refused(t, err, "InvalidRequestException", "PolicyType")

	ask(t, client.TagResource, &dlm.TagResourceInput{
		ResourceArn: &arn, Tags: map[string]string{"Name": "other", "Team": "a"},
	})
	ask(t, client.UntagResource, &dlm.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"Team"}})
	listed := ask(t, client.ListTagsForResource, &dlm.ListTagsForResourceInput{ResourceArn: &arn}).Tags
	if want := map[string]string{"Name": "other"}; !maps.Equal(listed, want) || !maps.Equal(get().Tags, want) {
		t.Errorf("tags: %v", listed)
	}

	ask(t, client.DeleteLifecyclePolicy, &dlm.DeleteLifecyclePolicyInput{PolicyId: id})
	_, err = client.GetLifecyclePolicy(ctx, &dlm.GetLifecyclePolicyInput{PolicyId: id})
	refused(t, err, "ResourceNotFoundException", *id)
	_, err = client.DeleteLifecyclePolicy(ctx, &dlm.DeleteLifecyclePolicyInput{PolicyId: id})
	refused(t, err, "ResourceNotFoundException", *id)
	_, err = client.ListTagsForResource(ctx, &dlm.ListTagsForResourceInput{ResourceArn: &arn})
	refused(t, err, "ResourceNotFoundException", arn)
	if status, _ := send(t, server, http.MethodGet, "/policies/"+*id, "dlm", "", ""); status != http.StatusNotFound {
		t.Errorf("a deleted policy answers %d", status)
	}
	if found := policies(t, server); len(found) != 0 {
		t.Errorf("left after the deletion: %v", found)
	}
}

func TestLifecyclePoliciesShareNoTargetTag(t *testing.T) {
	t.Parallel()
	server := start(t, options(t, t.TempDir()))
	client := dlm.NewFromConfig(config(server))
	ctx := t.Context()
	first := ask(t, client.CreateLifecyclePolicy, daily("one")).PolicyId
	second := ask(t, client.CreateLifecyclePolicy, daily("two")).PolicyId
	_, err := client.CreateLifecyclePolicy(ctx, daily("one"))
	refused(t, err, "InvalidRequestException", "Data=one are already in use by "+*first)
	_, err = client.UpdateLifecyclePolicy(ctx, &dlm.UpdateLifecyclePolicyInput{PolicyId: second, PolicyDetails: daily("one").PolicyDetails})
	refused(t, err, "InvalidRequestException", "Data=one are already in use by "+*first)

	for _, c := range []struct {
		name  string
		input dlm.GetLifecyclePoliciesInput
		want  []string
	}{
		{"all", dlm.GetLifecyclePoliciesInput{}, []string{*first, *second}},
		{"by target tag, which the refused update left alone", dlm.GetLifecyclePoliciesInput{TargetTags: []string{"Data=two"}}, []string{*second}},
		{"by id", dlm.GetLifecyclePoliciesInput{PolicyIds: []string{*first}}, []string{*first}},
		{"by state", dlm.GetLifecyclePoliciesInput{State: types.GettablePolicyStateValuesDisabled}, nil},
		{"by added tag", dlm.GetLifecyclePoliciesInput{TagsToAdd: []string{"By=hand"}}, nil},
		{"by type", dlm.GetLifecyclePoliciesInput{ResourceTypes: []types.ResourceTypeValues{types.ResourceTypeValuesInstance}}, nil},
	} {
		var got []string
		for _, each := range ask(t, client.GetLifecyclePolicies, &c.input).Policies {
			got = append(got, *each.PolicyId)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	if err := server.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	if found := policies(t, server); len(found) != 0 {
		t.Errorf("left after the reset: %v", found)
	}
	ask(t, client.CreateLifecyclePolicy, daily("one"))
}

func TestLifecyclePoliciesThatAWSRefuses(t *testing.T) {
	t.Parallel()
	server := start(t, options(t, t.TempDir()))
	client := dlm.NewFromConfig(config(server))
	for _, c := range []struct {
		name, want string
		change     func(*dlm.CreateLifecyclePolicyInput)
	}{
		{"no details", "missing: {PolicyDetails}", func(in *dlm.CreateLifecyclePolicyInput) { in.PolicyDetails = nil }},
		{"no target tags", "missing: {TargetTags}", func(in *dlm.CreateLifecyclePolicyInput) { in.PolicyDetails.TargetTags = nil }},
		{"no resource types", "missing: {ResourceTypes}", func(in *dlm.CreateLifecyclePolicyInput) { in.PolicyDetails.ResourceTypes = nil }},
		{"no schedules", "missing: {Schedules}", func(in *dlm.CreateLifecyclePolicyInput) { in.PolicyDetails.Schedules = nil }},
		{"no retention", "missing: {RetainRule}", func(in *dlm.CreateLifecyclePolicyInput) { in.PolicyDetails.Schedules[0].RetainRule = nil }},
		{"a full stop in the description", "'Daily.' at 'Description' failed", func(in *dlm.CreateLifecyclePolicyInput) { in.Description = aws.String("Daily.") }},
		{"24 o'clock", "'24:00' at 'PolicyDetails.Schedules.1.member.CreateRule.Times.1.member' failed",
			func(in *dlm.CreateLifecyclePolicyInput) { in.PolicyDetails.Schedules[0].CreateRule.Times[0] = "24:00" }},
		{"1001 snapshots", "less than or equal to 1000", func(in *dlm.CreateLifecyclePolicyInput) {
			in.PolicyDetails.Schedules[0].RetainRule.Count = aws.Int32(1001)
		}},
		{"every 5 hours", "1, 2, 3, 4, 6, 8, 12 or 24", func(in *dlm.CreateLifecyclePolicyInput) {
			in.PolicyDetails.Schedules[0].CreateRule.Interval = aws.Int32(5)
		}},
		{"a state of its own", "[ENABLED, DISABLED]", func(in *dlm.CreateLifecyclePolicyInput) { in.State = "ON" }},
	} {
		input := daily("hub")
		c.change(input)
		_, err := client.CreateLifecyclePolicy(t.Context(), input)
		t.Log(c.name)
		refused(t, err, "InvalidRequestException", c.want)
	}
	status, body := send(t, server, http.MethodPost, "/policies", "dlm", "application/json", `{"State": "ENABLED"}`)
	if status != http.StatusBadRequest || !strings.Contains(body, "missing: {ExecutionRoleArn, Description}") {
		t.Errorf("without required parameters: %d %s", status, body)
	}
	if found := policies(t, server); len(found) != 0 {
		t.Errorf("a refused policy was made: %v", found)
	}
}
