//go:build integration

package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

func TestTargetGroupsFollowTheirListeners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listen()
	gate := ask(t, w.balancing.DescribeLoadBalancers, &elb.DescribeLoadBalancersInput{}).LoadBalancers[0].LoadBalancerArn
	next := ask(t, w.balancing.CreateTargetGroup, &elb.CreateTargetGroupInput{
		Name: aws.String("next"), Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(8000), VpcId: &w.vpc,
	}).TargetGroups[0].TargetGroupArn
	listener := ask(t, w.balancing.DescribeListeners, &elb.DescribeListenersInput{LoadBalancerArn: gate}).Listeners[0].ListenerArn
	ask(t, w.balancing.ModifyListener, &elb.ModifyListenerInput{
		ListenerArn: listener, DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: next}},
	})
	used := ask(t, w.balancing.DescribeTargetGroups, &elb.DescribeTargetGroupsInput{LoadBalancerArn: gate}).TargetGroups
	if len(used) != 1 || *used[0].TargetGroupArn != *next || len(used[0].LoadBalancerArns) != 1 || used[0].LoadBalancerArns[0] != *gate {
		t.Errorf("used: %+v", used)
	}
	left := ask(t, w.balancing.DescribeTargetGroups, &elb.DescribeTargetGroupsInput{TargetGroupArns: []string{w.targets}}).TargetGroups
	if len(left[0].LoadBalancerArns) != 0 {
		t.Errorf("left: %+v", left)
	}
}
