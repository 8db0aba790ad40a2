package access

import (
	"fmt"

	"torii/internal/account"
	"torii/internal/policy"
	"torii/internal/tags"
)

// BastionRules are what the policy on a bastion is made from.
type BastionRules struct {
	TeamTag       string // value of the team tag on the machine
	GroupName     string // of its Auto Scaling group
	Shell         bool   // an interactive shell too
	SessionKeyARN string // KMS key of the session preferences; "" without
}

// Policy is what a user of the bastion may do: start the machine and end it, see whether it
// is there, and open sessions to it that forward a port, of its own or of a host behind it.
// The group's size is the limit to how many can be started.
func (r BastionRules) Policy(at account.Place) (string, error) {
	documents := []string{documentOfAWS(at, portForwardingDocument), documentOfAWS(at, remoteHostDocument)}
	if r.Shell {
		documents = append(documents, documentOfAccount(at, shellDocument))
	}
	instances := []string{fmt.Sprintf("arn:%s:ec2:%s:%s:instance/*", at.Partition, at.Region, at.AccountID)}
	bastion := map[string][]string{"ssm:resourceTag/" + tags.TeamKey: {r.TeamTag}}
	statements := append(sessions(at, documents),
		policy.Statement{
			Sid: "StartSessionsOnBastion", Actions: []string{"ssm:StartSession"}, Resources: instances,
			Condition: policy.Condition{"BoolIfExists": documentChecked(), "StringEquals": bastion},
		},
		policy.Statement{
			Sid: "SeeWhetherBastionIsConnected", Actions: []string{"ssm:GetConnectionStatus"}, Resources: instances,
			Condition: policy.Condition{"StringEquals": bastion},
		},
		policy.Statement{
			// The star is the group's identifier, which only AWS knows.
			Sid: "StartAndEndBastion", Actions: []string{"autoscaling:SetDesiredCapacity"},
			Resources: []string{fmt.Sprintf("arn:%s:autoscaling:%s:%s:autoScalingGroup:*:autoScalingGroupName/%s",
				at.Partition, at.Region, at.AccountID, r.GroupName)},
		},
		policy.Statement{
			Sid:       "FindBastion",
			Actions:   []string{"autoscaling:DescribeAutoScalingGroups", "ec2:DescribeInstances"},
			Resources: []string{"*"}, // the actions know no resource
		},
	)
	return policy.JSON(append(statements, encryption(r.SessionKeyARN)...)...)
}
