package check

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

// webACL asks which web ACL guards the gate.
func (a *asker) webACL(ctx context.Context) ([]Finding, error) {
	if a.Outputs.LoadBalancerARN == "" {
		return nil, nil
	}
	found, err := a.AWS.WAF.GetWebACLForResource(ctx, &wafv2.GetWebACLForResourceInput{
		ResourceArn: aws.String(a.Outputs.LoadBalancerARN),
	})
	var gone *waftypes.WAFNonexistentItemException
	if errors.As(err, &gone) {
		return []Finding{judgeWebACL("", a.Outputs.WebACLARN)}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking which web ACL guards the gate: %w", err)
	}
	attached := ""
	if found.WebACL != nil {
		attached = aws.ToString(found.WebACL.ARN)
	}
	return []Finding{judgeWebACL(attached, a.Outputs.WebACLARN)}, nil
}

// judgeWebACL judges the ARN of the web ACL that is attached to the gate, "" when there is none.
func judgeWebACL(attached, asked string) Finding {
	const what = "web ACL"
	mend := "pulumi up --refresh attaches the stack's own again"
	switch attached {
	case "":
		return failed(what, "none is attached to the gate: countries, rates and attacks are not looked at", mend)
	case asked:
		return fine(what, "it is attached to the gate")
	}
	return failed(what, "another one than the stack's is attached to the gate: "+attached, mend)
}
