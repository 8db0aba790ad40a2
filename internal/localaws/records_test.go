//go:build integration

package localaws_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// TestRecordsExistUntilTheyAreDeleted: a zone outlives what is in it, so records count by
// themselves. AWS takes a name with or without the dot at its end, whichever way the record
// was made.
func TestRecordsExistUntilTheyAreDeleted(t *testing.T) {
	t.Parallel()
	server := start(t, options(t, t.TempDir()))
	if _, err := server.EnsureZone(t.Context(), "example.jp"); err != nil {
		t.Fatal(err)
	}
	client := route53.New(route53.Options{
		BaseEndpoint: aws.String(server.URL), Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	zone := ask(t, client.ListHostedZones, &route53.ListHostedZonesInput{}).HostedZones[0].Id
	change := func(action types.ChangeAction, name string, kind types.RRType) {
		t.Helper()
		ask(t, client.ChangeResourceRecordSets, &route53.ChangeResourceRecordSetsInput{
			HostedZoneId: zone,
			ChangeBatch: &types.ChangeBatch{Changes: []types.Change{{Action: action, ResourceRecordSet: &types.ResourceRecordSet{
				Name: &name, Type: kind, AliasTarget: &types.AliasTarget{
					DNSName: aws.String("gate.ap-northeast-1.elb.amazonaws.com"), HostedZoneId: aws.String("Z14GRHDCWA56QT"),
				},
			}}}},
		})
	}
	exist := func(want ...string) {
		t.Helper()
		found, err := server.Resources(t.Context())
		if err != nil || !slices.Equal(found["route53"]["RecordSet"], want) {
			t.Errorf("there are %q, %v; want %q", found["route53"]["RecordSet"], err, want)
		}
	}
	exist()
	for _, made := range []string{"hub.example.jp", "hub.example.jp."} {
		for _, deleted := range []string{"hub.example.jp", "hub.example.jp."} {
			change(types.ChangeActionCreate, made, types.RRTypeA)
			change(types.ChangeActionUpsert, made, types.RRTypeAaaa)
			exist("hub.example.jp. A", "hub.example.jp. AAAA")
			change(types.ChangeActionDelete, deleted, types.RRTypeA)
			exist("hub.example.jp. AAAA")
			change(types.ChangeActionDelete, deleted, types.RRTypeAaaa)
			exist()
		}
	}
}
