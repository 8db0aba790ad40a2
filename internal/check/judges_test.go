package check

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	classictypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
)

// judged is a case of a judge: what AWS says is in the finding already.
type judged struct {
	name    string
	got     Finding
	verdict Verdict
	why     string
	pending bool
}

func run(t *testing.T, cases []judged) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.verdict, c.got.Verdict)
			assert.Equal(t, c.why, c.got.Why)
			assert.Equal(t, c.pending, c.got.Pending, "may come right by itself")
			assert.Equal(t, c.verdict == Failed, c.got.Do != "", "who is told of a failure is told what to do: %q", c.got.Do)
			assert.Equal(t, "thing", c.got.What)
		})
	}
}

const arn = "arn:aws:ecs:ap-northeast-1:1:task-definition/torii-prod-site:"

// steady is a service as it should be, with a change.
func steady(change func(*ecstypes.Service)) ecstypes.Service {
	s := ecstypes.Service{
		Status: aws.String("ACTIVE"), TaskDefinition: aws.String(arn + "7"), DesiredCount: 2, RunningCount: 2,
		Deployments: []ecstypes.Deployment{{
			Status: aws.String("PRIMARY"), RolloutState: ecstypes.DeploymentRolloutStateCompleted, TaskDefinition: aws.String(arn + "7"),
		}},
	}
	if change != nil {
		change(&s)
	}
	return s
}

func TestJudgeService(t *testing.T) {
	t.Parallel()
	judge := func(newest string, change func(*ecstypes.Service)) Finding {
		return judgeService("thing", steady(change), newest)
	}
	run(t, []judged{
		{"steady", judge(arn+"7", nil), OK, "2 of 2 tasks run, of torii-prod-site:7 as asked for", false},
		{"an old deployment still drains", judge(arn+"7", func(s *ecstypes.Service) {
			s.Deployments = append(s.Deployments, ecstypes.Deployment{Status: aws.String("ACTIVE"), TaskDefinition: aws.String(arn + "6")})
		}), OK, "2 of 2 tasks run, of torii-prod-site:7 as asked for", false},
		{"a deployment fails", judge(arn+"7", func(s *ecstypes.Service) {
			s.Deployments = append(s.Deployments, ecstypes.Deployment{
				Status: aws.String("ACTIVE"), TaskDefinition: aws.String(arn + "8"), RolloutState: ecstypes.DeploymentRolloutStateFailed,
				RolloutStateReason: aws.String("tasks failed to start"),
			})
		}), Failed, "its deployment of torii-prod-site:8 failed (tasks failed to start), and AWS goes back to the one before", false},
		{"it was rolled back, and is steady", judge(arn+"8", nil), Failed,
			"it runs torii-prod-site:7, but torii-prod-site:8 was asked for: AWS went back because the new tasks never became healthy", false},
		{"the tenth revision is newer than the ninth", judge(arn+"10", func(s *ecstypes.Service) { s.TaskDefinition = aws.String(arn + "10") }),
			OK, "2 of 2 tasks run, of torii-prod-site:10 as asked for", false},
		{"no definition is in use", judge("", nil), Failed,
			"it runs torii-prod-site:7, and no task definition of its family is in use any more", false},
		{"stopped", judge(arn+"7", func(s *ecstypes.Service) { s.DesiredCount, s.RunningCount = 0, 0 }), Failed,
			"it was stopped: somebody set its number of tasks to 0", false},
		{"under way", judge(arn+"7", func(s *ecstypes.Service) {
			s.RunningCount, s.Deployments[0].RolloutState = 1, ecstypes.DeploymentRolloutStateInProgress
		}), Failed, "its deployment of torii-prod-site:7 is under way: 1 of 2 tasks run", true},
		{"none of its tasks runs", judge(arn+"7", func(s *ecstypes.Service) {
			s.DesiredCount, s.RunningCount = 1, 0
			s.Events = []ecstypes.ServiceEvent{{Message: aws.String("unable to pull the image")}, {Message: aws.String("older")}}
		}), Failed, "0 of 1 tasks run (unable to pull the image)", true},
		{"being deleted", judge(arn+"7", func(s *ecstypes.Service) { s.Status = aws.String("DRAINING") }), Failed, "it is draining", false},
		{"no deployment came to its end", judge(arn+"7", func(s *ecstypes.Service) { s.Deployments = nil }), Failed,
			"it has no deployment that came to its end", false},
	})
}

func TestJudgeTargets(t *testing.T) {
	t.Parallel()
	target := func(id string, state elbtypes.TargetHealthStateEnum, why string) elbtypes.TargetHealthDescription {
		d := elbtypes.TargetHealthDescription{
			Target: &elbtypes.TargetDescription{Id: aws.String(id)}, TargetHealth: &elbtypes.TargetHealth{State: state},
		}
		if why != "" {
			d.TargetHealth.Description = aws.String(why)
		}
		return d
	}
	judge := func(all ...elbtypes.TargetHealthDescription) Finding { return judgeTargets("thing", all) }
	run(t, []judged{
		{"healthy, and one that goes", judge(target("a", "healthy", ""), target("b", "draining", "")), OK, "1 of 1 healthy", false},
		{"none", judge(), Failed, "nothing stands behind it, so that clients get an error", true},
		{"only one that goes", judge(target("b", "draining", "")), Failed, "nothing stands behind it, so that clients get an error", true},
		{"one unwell, one begins", judge(
			target("a", "healthy", ""), target("b", "unhealthy", "Health checks failed with these codes: [502]"), target("c", "initial", ""),
		), Failed, "1 of 3 healthy: b is unhealthy (Health checks failed with these codes: [502]), c is initial", true},
	})
}

func TestJudgeInstances(t *testing.T) {
	t.Parallel()
	machine := func(id, state, why string) classictypes.InstanceState {
		return classictypes.InstanceState{InstanceId: aws.String(id), State: aws.String(state), Description: aws.String(why)}
	}
	run(t, []judged{
		{"in service", judgeInstances("thing", []classictypes.InstanceState{machine("i-1", "InService", "N/A")}), OK, "1 of 1 in service", false},
		{"none", judgeInstances("thing", nil), Failed, "nothing stands behind it, so that clients get an error", true},
		{"one out", judgeInstances("thing", []classictypes.InstanceState{
			machine("i-1", "InService", "N/A"), machine("i-2", "OutOfService", "Instance has failed its checks."),
		}), Failed, "1 of 2 in service: i-2 is OutOfService (Instance has failed its checks.)", true},
	})
}

func TestJudgeWebACL(t *testing.T) {
	t.Parallel()
	f := judgeWebACL("arn:ours", "arn:ours")
	assert.Equal(t, Finding{Verdict: OK, What: "web ACL", Why: "it is attached to the gate"}, f)
	f = judgeWebACL("", "arn:ours")
	assert.Equal(t, Failed, f.Verdict)
	assert.Equal(t, "none is attached to the gate: countries, rates and attacks are not looked at", f.Why)
	f = judgeWebACL("arn:theirs", "arn:ours")
	assert.Equal(t, Failed, f.Verdict)
	assert.Equal(t, "another one than the stack's is attached to the gate: arn:theirs", f.Why)
}

// machines is a group of machines, by their states and the versions of their template.
func machines(desired int32, version string, of ...[2]string) astypes.AutoScalingGroup {
	g := astypes.AutoScalingGroup{
		DesiredCapacity: &desired, LaunchTemplate: &astypes.LaunchTemplateSpecification{Version: aws.String("4")},
	}
	for _, each := range of {
		health := "Healthy"
		if each[1] != "" {
			health = each[1]
		}
		g.Instances = append(g.Instances, astypes.Instance{
			LifecycleState: astypes.LifecycleState(each[0]), HealthStatus: aws.String(health),
			LaunchTemplate: &astypes.LaunchTemplateSpecification{Version: aws.String(version)},
		})
	}
	return g
}

func TestJudgeGroup(t *testing.T) {
	t.Parallel()
	in := [2]string{"InService", ""}
	refresh := func(status astypes.InstanceRefreshStatus, why string) *astypes.InstanceRefresh {
		return &astypes.InstanceRefresh{Status: status, StatusReason: aws.String(why), PercentageComplete: aws.Int32(50)}
	}
	judge := func(g astypes.AutoScalingGroup, r *astypes.InstanceRefresh) Finding {
		return judgeGroup("thing", g, r, false)
	}
	going := machines(1, "4", in)
	going.Status = aws.String("Delete in progress")
	run(t, []judged{
		{"in service", judge(machines(2, "4", in, in), nil), OK, "2 of 2 in service", false},
		{"after a good refresh", judge(machines(1, "4", in), refresh("Successful", "")), OK, "1 of 1 in service", false},
		{"one starts", judge(machines(2, "4", in, [2]string{"Pending", ""}), nil), Failed, "1 of 2 in service", true},
		{"one is unwell", judge(machines(2, "4", in, [2]string{"InService", "Unhealthy"}), nil), Failed, "1 of 2 in service", true},
		{"of an older template", judge(machines(1, "3", in), nil), Failed,
			"1 of 1 started from an older launch template than the one asked for", false},
		{"a bastion of an older template", judgeGroup("thing", machines(1, "3", in), nil, true), OK, "1 of 1 in service", false},
		{"a bastion that nobody needs", judgeGroup("thing", machines(0, "4"), nil, true), OK, "none runs, as nobody has asked for it", false},
		{"a hub that somebody turned off", judge(machines(0, "4"), nil), Failed, "none is asked for: somebody set the group's size to 0", false},
		{"being deleted", judge(going, nil), Failed, "its group is being deleted: Delete in progress", false},
		{"a refresh goes on", judge(machines(1, "4", in), refresh("InProgress", "")), Failed,
			"machines are being replaced: 50% done, InProgress", true},
		{"a refresh failed", judge(machines(1, "4", in), refresh("Failed", "no capacity")), Failed,
			"the last replacement of machines failed (no capacity)", false},
		{"a refresh was rolled back", judge(machines(1, "4", in), refresh("RollbackSuccessful", "")), Failed,
			"the new machines did not come into service, and AWS went back to the old ones", false},
		{"a rollback failed", judge(machines(1, "4", in), refresh("RollbackFailed", "")), Failed, "the last replacement of machines failed", false},
		{"a refresh was cancelled", judge(machines(1, "4", in), refresh("Cancelled", "by ken")), Failed,
			"the last replacement of machines was cancelled half-way (by ken)", false},
	})
}
