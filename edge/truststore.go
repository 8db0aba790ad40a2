package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/bucket"
	"torii/internal/tags"
)

const trustStoreToken = "torii:edge:TrustStore"

// TrustStoreArgs describes whose clients a gate lets in. Plain values decide how many
// resources there are.
type TrustStoreArgs struct {
	ClientAuthorities pulumi.StringInput // Required. Certificates of authorities (PEM) whose clients are let in.
	// RevocationLists are lists (PEM, one each) of certificates that are refused all the same.
	// Optional. How many there are is a plain value; what they say is not.
	RevocationLists pulumi.StringArray

	Protect bool     // Optional. Refuses deletion of the bucket, which keeps every list that was ever in force.
	Tags    tags.Set // Required.
}

// TrustStore is what an application load balancer compares client certificates with.
type TrustStore struct {
	pulumi.ResourceState

	// ARN names the trust store, and is known once every revocation list is attached to it:
	// whoever uses it lets no revoked client in meanwhile.
	ARN pulumi.StringOutput
}

// trustMaker carries what the parts share while a trust store is made.
type trustMaker struct {
	ctx    *pulumi.Context
	name   string
	args   *TrustStoreArgs
	self   *TrustStore
	bucket *s3.BucketV2
	ready  pulumi.Resource // that the bucket's first object waits for
}

// NewTrustStore makes a trust store, and the bucket that AWS copies its content from. AWS
// allows its name 32 characters, of which Pulumi takes 8.
func NewTrustStore(ctx *pulumi.Context, name string, args *TrustStoreArgs, opts ...pulumi.ResourceOption) (*TrustStore, error) {
	if args.ClientAuthorities == nil {
		return nil, fmt.Errorf("creating trust store %s: no client authorities are given", name)
	}
	self := &TrustStore{}
	if err := ctx.RegisterComponentResource(trustStoreToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering trust store %s: %w", name, err)
	}
	m := &trustMaker{ctx: ctx, name: name, args: args, self: self}
	made, ready, err := bucket.NewFiles(ctx, name, self, bucket.Files{
		What: "client authorities", Protect: args.Protect, Role: name, Tags: args.Tags,
	})
	if err != nil {
		return nil, err
	}
	m.bucket, m.ready = made, ready
	store, err := m.store()
	if err != nil {
		return nil, err
	}
	if err := m.revocations(store); err != nil {
		return nil, err
	}
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"arn": self.ARN})
}

// store makes the trust store itself.
//
// AWS copies the bundle once, so that a change is only seen by the object's version. A
// changed bundle makes a new trust store, though AWS could change the old one: one that
// vouches for another authority needs that one's revocation lists first, and they cannot be
// attached to what is not there yet. The gate turns from one to the other in one step.
func (m *trustMaker) store() (*lb.TrustStore, error) {
	bundle, err := m.object("authorities", "client-authorities.pem", m.args.ClientAuthorities)
	if err != nil {
		return nil, err
	}
	made, err := lb.NewTrustStore(m.ctx, m.name, &lb.TrustStoreArgs{
		CaCertificatesBundleS3Bucket:        m.bucket.Bucket,
		CaCertificatesBundleS3Key:           bundle.Key,
		CaCertificatesBundleS3ObjectVersion: bundle.VersionId,
		Tags:                                m.args.Tags.Named(m.name),
	}, pulumi.Parent(m.self), pulumi.ReplaceOnChanges([]string{"caCertificatesBundleS3ObjectVersion"}))
	if err != nil {
		return nil, fmt.Errorf("creating trust store %s: %w", m.name, err)
	}
	return made, nil
}

// revocations attaches the lists, one after another. AWS changes none: the new one is
// attached beside the old, which goes last, so that nothing is let in that both refuse.
func (m *trustMaker) revocations(store *lb.TrustStore) error {
	m.self.ARN = store.Arn
	after := []pulumi.Resource{store}
	for i, list := range m.args.RevocationLists {
		role := fmt.Sprintf("revocations-%d", i+1)
		file, err := m.object(role, role+".pem", list)
		if err != nil {
			return err
		}
		attached, err := lb.NewTrustStoreRevocation(m.ctx, m.name+"-"+role, &lb.TrustStoreRevocationArgs{
			TrustStoreArn:              store.Arn,
			RevocationsS3Bucket:        m.bucket.Bucket,
			RevocationsS3Key:           file.Key,
			RevocationsS3ObjectVersion: file.VersionId,
		}, pulumi.Parent(m.self), pulumi.DependsOn(after))
		if err != nil {
			return fmt.Errorf("attaching revocation list %d to trust store %s: %w", i+1, m.name, err)
		}
		m.self.ARN = attached.TrustStoreArn // the same, but known later
		after = []pulumi.Resource{attached}
	}
	return nil
}

// object puts a file into the bucket.
func (m *trustMaker) object(role, key string, content pulumi.StringInput) (*s3.BucketObjectv2, error) {
	made, err := s3.NewBucketObjectv2(m.ctx, m.name+"-"+role, &s3.BucketObjectv2Args{
		Bucket:      m.bucket.Bucket,
		Key:         pulumi.String(key),
		Content:     content.ToStringOutput().ToStringPtrOutput(),
		ContentType: pulumi.String("application/x-pem-file"),
		Tags:        m.args.Tags.Named(m.name + "-" + role),
	}, pulumi.Parent(m.self), pulumi.DependsOn([]pulumi.Resource{m.ready}))
	if err != nil {
		return nil, fmt.Errorf("writing %s of trust store %s: %w", key, m.name, err)
	}
	return made, nil
}
