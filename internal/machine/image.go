package machine

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// RootDevice is what Amazon Linux calls the volume it starts from.
const RootDevice = "/dev/xvda"

// Image is the machine image of a workload: an id, or the newest of the day on which a
// word was first deployed.
type Image struct {
	ID     string // AMI that never changes; "" when Newest is kept
	Word   string // a new one fetches Newest again
	Newest string // AMI that is the newest today
}

// ImageParameter is the public parameter that names the newest Amazon Linux 2023 for an
// architecture, x86_64 or arm64. Amazon Linux 2023 rather than Ubuntu: its packages come
// over HTTPS, so that the way out stays 443 only.
func ImageParameter(architecture string) string {
	return "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-" + architecture
}

// Image returns the AMI to start. The newest is written down in a parameter of the
// stack's own, whose value is never changed again: AWS puts out a new image every other
// week, and none of them may replace machines in somebody's unrelated deployment.
func (m Maker) Image(name string, image Image) (pulumi.StringInput, error) {
	if image.ID != "" {
		return pulumi.String(image.ID), nil
	}
	logical := name + "-image-" + image.Word
	kept, err := ssm.NewParameter(m.Ctx, logical, &ssm.ParameterArgs{
		Description:   pulumi.String("Machine image that " + name + " keeps"),
		Type:          pulumi.String("String"),
		InsecureValue: pulumi.String(image.Newest),
		Tags:          m.Tags.Named(logical),
	}, pulumi.Parent(m.Parent), pulumi.IgnoreChanges([]string{"insecureValue"}))
	if err != nil {
		return nil, fmt.Errorf("writing down the image of %s: %w", name, err)
	}
	return kept.InsecureValue, nil
}
