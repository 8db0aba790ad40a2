//go:build integration

package edge_test

import (
	"io"
	"math/big"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"torii/edge"
	"torii/internal/certtest"
)

// asking stands a gate on the ground that asks for the authorities' clients, or without any
// for none.
func asking(authorities string, lists ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, ground, err := ground(ctx)
		if err != nil {
			return err
		}
		args := &edge.GatewayArgs{
			SubnetIDs: ground.SubnetIDs, SecurityGroupID: ground.SecurityGroupID, InternetGateway: ground.InternetGateway,
			Sites: []edge.Site{{Name: "site"}}, Kind: edge.CertificateSelfSigned, IdleTimeoutSeconds: 75, LogRetentionDays: 90,
			Cloud: ground.Cloud, Tags: ground.Tags,
		}
		if authorities != "" {
			store, err := edge.NewTrustStore(ctx, "clients", &edge.TrustStoreArgs{
				ClientAuthorities: pulumi.String(authorities), RevocationLists: pulumi.ToStringArray(lists), Tags: ground.Tags,
			})
			if err != nil {
				return err
			}
			args.TrustStoreARN = store.ARN
		}
		_, err = edge.NewGateway(ctx, "gate", args)
		return err
	}
}

// trusts is what AWS says of the gate and its trust store.
type trusts struct {
	asks   *elbtypes.MutualAuthenticationAttributes // of the HTTPS listener
	logs   map[string]string                        // attributes of the load balancer
	stores []elbtypes.TrustStore
	bundle string
	lists  []string // in the order in which they were attached
}

func (b *bench) trusts() trusts {
	b.Helper()
	client := elb.NewFromConfig(b.aws())
	balancers, err := client.DescribeLoadBalancers(b.Context(), &elb.DescribeLoadBalancersInput{})
	require.NoError(b, err)
	gate := balancers.LoadBalancers[0].LoadBalancerArn
	listeners, err := client.DescribeListeners(b.Context(), &elb.DescribeListenersInput{LoadBalancerArn: gate})
	require.NoError(b, err)
	found := trusts{logs: map[string]string{}}
	for _, each := range listeners.Listeners {
		if each.Protocol == elbtypes.ProtocolEnumHttps {
			found.asks = each.MutualAuthentication
		}
	}
	attributes, err := client.DescribeLoadBalancerAttributes(b.Context(), &elb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: gate})
	require.NoError(b, err)
	for _, each := range attributes.Attributes {
		found.logs[aws.ToString(each.Key)] = aws.ToString(each.Value)
	}
	stores, err := client.DescribeTrustStores(b.Context(), &elb.DescribeTrustStoresInput{})
	require.NoError(b, err)
	found.stores = stores.TrustStores
	for _, store := range stores.TrustStores {
		copied, err := client.GetTrustStoreCaCertificatesBundle(b.Context(), &elb.GetTrustStoreCaCertificatesBundleInput{
			TrustStoreArn: store.TrustStoreArn,
		})
		require.NoError(b, err)
		found.bundle = b.fetch(copied.Location)
		lists, err := client.DescribeTrustStoreRevocations(b.Context(), &elb.DescribeTrustStoreRevocationsInput{
			TrustStoreArn: store.TrustStoreArn,
		})
		require.NoError(b, err)
		for _, list := range lists.TrustStoreRevocations {
			copied, err := client.GetTrustStoreRevocationContent(b.Context(), &elb.GetTrustStoreRevocationContentInput{
				TrustStoreArn: store.TrustStoreArn, RevocationId: list.RevocationId,
			})
			require.NoError(b, err)
			found.lists = append(found.lists, b.fetch(copied.Location))
		}
	}
	return found
}

// checkFiles looks at the bucket that the trust store was made from.
func (b *bench) checkFiles(keys map[string]int) {
	b.Helper()
	client := s3.NewFromConfig(b.aws(), func(o *s3.Options) { o.UsePathStyle = true })
	buckets, err := client.ListBuckets(b.Context(), &s3.ListBucketsInput{})
	require.NoError(b, err)
	at := slices.IndexFunc(buckets.Buckets, func(each s3types.Bucket) bool { return (*each.Name)[:7] == "clients" })
	require.GreaterOrEqual(b, at, 0)
	name := buckets.Buckets[at].Name
	versions, err := client.ListObjectVersions(b.Context(), &s3.ListObjectVersionsInput{Bucket: name})
	require.NoError(b, err)
	found := map[string]int{}
	for _, each := range versions.Versions {
		found[*each.Key]++
	}
	assert.Equal(b, keys, found, "what was in force before is kept")
	versioning, err := client.GetBucketVersioning(b.Context(), &s3.GetBucketVersioningInput{Bucket: name})
	require.NoError(b, err)
	assert.Equal(b, s3types.BucketVersioningStatusEnabled, versioning.Status)
	private, err := client.GetPublicAccessBlock(b.Context(), &s3.GetPublicAccessBlockInput{Bucket: name})
	require.NoError(b, err)
	assert.Equal(b, &s3types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true),
		IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
	}, private.PublicAccessBlockConfiguration)
}

// fetch reads what an address in S3 leads to, which AWS has signed in advance.
func (b *bench) fetch(location *string) string {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, aws.ToString(location), nil)
	require.NoError(b, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(b, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(b, err)
	require.NoError(b, answer.Body.Close())
	require.Equal(b, http.StatusOK, answer.StatusCode)
	return string(text)
}

func TestGateComparesClientCertificates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ours, theirs := certtest.Authority(t, "ours"), certtest.Authority(t, "theirs")
	b.up(asking(ours.Certificate))
	first := b.trusts()
	require.Len(t, first.stores, 1)
	store := first.stores[0]
	assert.Equal(t, &elbtypes.MutualAuthenticationAttributes{
		Mode: aws.String("verify"), TrustStoreArn: store.TrustStoreArn, IgnoreClientCertificateExpiry: aws.Bool(false),
		TrustStoreAssociationStatus: elbtypes.TrustStoreAssociationStatusEnumActive,
	}, first.asks)
	assert.Equal(t, []string{"true", "true"}, []string{first.logs["connection_logs.s3.enabled"], first.logs["access_logs.s3.enabled"]})
	assert.Equal(t, first.logs["access_logs.s3.bucket"], first.logs["connection_logs.s3.bucket"])
	assert.Regexp(t, "^clients-[0-9a-f]{7}$", *store.Name)
	assert.Equal(t, ours.Certificate, first.bundle)
	assert.Empty(t, first.lists)

	one := ours.List(t, big.NewInt(7))
	assert.Equal(t, []string{
		"create aws:s3/bucketObjectv2:BucketObjectv2 clients-revocations-1",
		"create aws:lb/trustStoreRevocation:TrustStoreRevocation clients-revocations-1",
	}, work(b.up(asking(ours.Certificate, one))))
	assert.Equal(t, []string{one}, b.trusts().lists)

	both := ours.List(t, big.NewInt(7), big.NewInt(8))
	assert.Equal(t, []string{
		"update aws:s3/bucketObjectv2:BucketObjectv2 clients-revocations-1",
		"create-replacement aws:lb/trustStoreRevocation:TrustStoreRevocation clients-revocations-1",
		"delete-replaced aws:lb/trustStoreRevocation:TrustStoreRevocation clients-revocations-1",
	}, work(b.up(asking(ours.Certificate, both))), "the new list stands beside the old before that one goes")
	again := b.trusts()
	assert.Equal(t, []string{both}, again.lists)
	assert.Equal(t, store.TrustStoreArn, again.stores[0].TrustStoreArn)
	b.checkFiles(map[string]int{"client-authorities.pem": 1, "revocations-1.pem": 2})

	b.anotherAuthority(ours, theirs, both)
	b.nobodyIsAsked()
	b.destroy()
}

// anotherAuthority lets in whom it vouches for, but for whom it has revoked.
func (b *bench) anotherAuthority(ours, theirs *certtest.Identity, both string) {
	b.Helper()
	before, list := b.trusts().stores[0], theirs.List(b, big.NewInt(9))
	steps := work(b.up(asking(ours.Certificate+theirs.Certificate, both, list)))
	order := []string{
		"create-replacement aws:lb/trustStore:TrustStore clients",
		"create-replacement aws:lb/trustStoreRevocation:TrustStoreRevocation clients-revocations-1",
		"create aws:lb/trustStoreRevocation:TrustStoreRevocation clients-revocations-2",
		"update aws:lb/listener:Listener gate-https",
		"delete-replaced aws:lb/trustStoreRevocation:TrustStoreRevocation clients-revocations-1",
		"delete-replaced aws:lb/trustStore:TrustStore clients",
	}
	files := []string{
		"update aws:s3/bucketObjectv2:BucketObjectv2 clients-authorities",
		"create aws:s3/bucketObjectv2:BucketObjectv2 clients-revocations-2",
	}
	assert.ElementsMatch(b, append(files, order...), steps)
	assert.Equal(b, order, slices.DeleteFunc(steps, func(step string) bool { return slices.Contains(files, step) }),
		"the gate turns to the new authority's clients once its list is attached")
	after := b.trusts()
	require.Len(b, after.stores, 1)
	assert.NotEqual(b, before.TrustStoreArn, after.stores[0].TrustStoreArn)
	assert.Equal(b, after.stores[0].TrustStoreArn, after.asks.TrustStoreArn)
	assert.Equal(b, ours.Certificate+theirs.Certificate, after.bundle)
	assert.Equal(b, []string{both, list}, after.lists)
}

// nobodyIsAsked turns client certificates off.
func (b *bench) nobodyIsAsked() {
	b.Helper()
	steps := work(b.up(asking("")))
	at := func(step string) int { return slices.Index(steps, step) }
	assert.GreaterOrEqual(b, at("update aws:lb/listener:Listener gate-https"), 0)
	assert.Greater(b, at("delete aws:lb/trustStore:TrustStore clients"), at("update aws:lb/listener:Listener gate-https"))
	off := b.trusts()
	assert.Equal(b, &elbtypes.MutualAuthenticationAttributes{Mode: aws.String("off")}, off.asks)
	assert.Empty(b, off.stores)
	assert.Equal(b, []string{"false", "true"}, []string{off.logs["connection_logs.s3.enabled"], off.logs["access_logs.s3.enabled"]})
}
