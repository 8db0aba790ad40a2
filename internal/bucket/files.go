package bucket

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/policy"
	"torii/internal/tags"
)

// Files describes a bucket of files that a stack puts there itself, for services of AWS to read with the rights of
// whoever deploys it. It keeps every version of them for good, so they had better be small.
type Files struct {
	What    string   // Required. What is kept in it, for error messages: "client authorities".
	Protect bool     // Optional. Refuses deletion of the bucket and of what is in it.
	Role    string   // Required. What its Name tag says it is.
	Tags    tags.Set // Required.
}

// NewFiles makes a bucket whose parts are all named name and stand in parent. What is put into it must wait for ready:
// before that it would get no version.
func NewFiles(ctx *pulumi.Context, name string, parent pulumi.Resource, args Files) (made *s3.BucketV2, ready pulumi.Resource, err error) {
	m := &maker{ctx: ctx, name: name, parent: parent, args: Logs{
		What: args.What, Writers: nobody, Versions: true, Protect: args.Protect, Role: args.Role, Tags: args.Tags,
	}}
	if err := m.all(); err != nil {
		return nil, nil, err
	}
	return m.made, m.last, nil
}

// nobody writes but the account that the bucket belongs to.
func nobody(string) []policy.Statement { return nil }
