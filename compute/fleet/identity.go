package fleet

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"torii/internal/key"
	"torii/internal/tags"
)

const identityToken = "torii:fleet:Identity"

// parameterBytes is what a parameter holds at most, in the advanced tier, which AWS takes
// by itself for more than 4096.
const parameterBytes = 8192

// IdentityArgs describes what a fleet's servers show, and what they judge clients by. All
// is PEM.
type IdentityArgs struct {
	Path string // Required. What the parameters' names begin with, such as /torii/dev/legacy.

	ServerKey         pulumi.StringInput // Required. Kept encrypted.
	ServerCertificate pulumi.StringInput // Required. The servers' own first, then its issuers'.
	ClientAuthorities pulumi.StringInput // Required. Whose clients are admitted.
	RevocationLists   pulumi.StringArray // Optional. Without them no client is ever refused as revoked.

	KeyARN pulumi.StringInput // Optional. Of what is encrypted. Defaults to AWS's own key.
	Tags   tags.Set           // Required.
}

// Identity is where a fleet's servers fetch their certificates from, again and again: new
// ones need no new machine.
type Identity struct {
	pulumi.ResourceState

	ParameterARNs pulumi.StringArray // for Args.ParameterARNs
	Ready         []pulumi.Resource  // what machines wait for
}

// NewIdentity keeps a fleet's certificates in Parameter Store. A value of more than 8192
// bytes fails the deployment before AWS is asked.
func NewIdentity(ctx *pulumi.Context, name string, args *IdentityArgs, opts ...pulumi.ResourceOption) (*Identity, error) {
	if args.ServerKey == nil || args.ServerCertificate == nil || args.ClientAuthorities == nil {
		return nil, fmt.Errorf("creating identity of %s: %w", name, errors.New("a key, its certificate and the clients' authorities are needed"))
	}
	self := &Identity{}
	if err := ctx.RegisterComponentResource(identityToken, name, self, opts...); err != nil {
		return nil, fmt.Errorf("registering identity of %s: %w", name, err)
	}
	for _, each := range []struct {
		part   string
		about  string
		value  pulumi.StringInput
		secret bool
	}{
		{"server-key", "Private key of the servers of ", args.ServerKey, true},
		{"server-certificate", "Certificate of the servers of ", args.ServerCertificate, false},
		{"client-authorities", "Authorities whose clients are admitted by ", args.ClientAuthorities, false},
		{"revocation-lists", "Certificates that were taken back, for ", joined(args.RevocationLists), false},
	} {
		if each.value == nil {
			continue
		}
		made, err := self.parameter(ctx, name+"-"+each.part, args, &ssm.ParameterArgs{
			Name:        pulumi.String(args.Path + "/" + each.part),
			Description: pulumi.String(each.about + name),
		}, within(each.part, each.value), each.secret)
		if err != nil {
			return nil, fmt.Errorf("keeping %s of %s: %w", each.part, name, err)
		}
		self.ParameterARNs = append(self.ParameterARNs, made.Arn)
		self.Ready = append(self.Ready, made)
	}
	return self, ctx.RegisterResourceOutputs(self, pulumi.Map{"parameterArns": self.ParameterARNs})
}

// parameter keeps one value. Only secrets are encrypted: of the rest everybody who connects
// is shown a part, and whoever deploys shall see in a preview what changes.
func (i *Identity) parameter(
	ctx *pulumi.Context, logical string, args *IdentityArgs, p *ssm.ParameterArgs, value pulumi.StringOutput, secret bool,
) (*ssm.Parameter, error) {
	p.Type, p.InsecureValue = pulumi.String("String"), value.ToStringPtrOutput()
	if secret {
		p.Type, p.InsecureValue = pulumi.String("SecureString"), nil
		p.KeyId = key.OfParameters(args.KeyARN).ToStringOutput().ToStringPtrOutput()
		p.Value = pulumi.ToSecret(value).(pulumi.StringOutput).ToStringPtrOutput()
	}
	p.Tier = pulumi.String("Intelligent-Tiering")
	p.Tags = args.Tags.Named(logical)
	return ssm.NewParameter(ctx, logical, p, pulumi.Parent(i))
}

// joined is several texts as one; nil for none.
func joined(texts pulumi.StringArray) pulumi.StringInput {
	if len(texts) == 0 {
		return nil
	}
	return texts.ToStringArrayOutput().ApplyT(join).(pulumi.StringOutput)
}

// join puts texts one below the other.
func join(texts []string) string {
	all := ""
	for _, text := range texts {
		all += text
		if text != "" && text[len(text)-1] != '\n' {
			all += "\n"
		}
	}
	return all
}

// within refuses what a parameter does not hold, in words of ours.
func within(part string, value pulumi.StringInput) pulumi.StringOutput {
	return value.ToStringOutput().ApplyT(func(text string) (string, error) {
		return text, fits(part, text)
	}).(pulumi.StringOutput)
}

func fits(part, text string) error {
	if len(text) > parameterBytes {
		return fmt.Errorf("%s takes %d bytes, and Parameter Store takes %d at most", part, len(text), parameterBytes)
	}
	return nil
}
