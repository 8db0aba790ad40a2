package localdeploy

import (
	"errors"
	"slices"
	"testing"
)

func TestExplainSaysAParagraphForEachThingThatFailed(t *testing.T) {
	t.Parallel()
	update := errors.New("failed to run update: exit status 1")
	alb := Step{Op: "create", URN: urnALB, Type: typeALB, Name: "gate", Custom: true, Failed: true}
	for _, c := range []struct {
		name   string
		result Result
		cause  error
		want   []string
	}{
		{
			"a provider's error, which comes twice, once",
			Result{Steps: []Step{alb}, Diagnostics: []Diagnostic{
				{urnALB, "error", "  sdk-v2/provider2.go:572: sdk.helper_schema: creating LB: operation error Elastic Load Balancing v2: " +
					"CreateLoadBalancer, https response error StatusCode: 400, RequestID: 1-a, DuplicateLoadBalancerName: gate exists: provider=aws@6.83.2"},
				{urnALB, "error", "1 error occurred:\n\t* creating LB: operation error Elastic Load Balancing v2: CreateLoadBalancer, " +
					"https response error StatusCode: 400, RequestID: 1-a, DuplicateLoadBalancerName: gate exists\n\n"},
				{"", "error", "update failed"},
			}},
			update,
			[]string{"aws:lb/loadBalancer:LoadBalancer gate could not be created: AWS answered DuplicateLoadBalancerName to " +
				"Elastic Load Balancing v2 CreateLoadBalancer: gate exists. Another thing has its name or range: another stack on the " +
				"same local AWS, or a leftover of an interrupted run. Taking all local stacks down makes a clean start."},
		},
		{
			"an untyped error of AWS's, on a deletion",
			Result{
				Steps: []Step{{Op: "delete", URN: urnVPC, Failed: true}},
				Diagnostics: []Diagnostic{{urnVPC, "error", "deleting VPC: operation error EC2: DeleteVpc, https response error " +
					"StatusCode: 400, RequestID: 1, api error DependencyViolation: The vpc has dependencies and cannot be deleted."}},
			},
			update,
			[]string{"aws:ec2/vpc:Vpc network could not be deleted: AWS answered DependencyViolation to EC2 DeleteVpc: The vpc has " +
				"dependencies and cannot be deleted. Something still uses it. Run again once that is gone; if you made it by hand, " +
				"remove it first."},
		},
		{
			"what the local AWS lacks",
			Result{Steps: []Step{alb}, Diagnostics: []Diagnostic{{urnALB, "error", "operation error Backup: CreateBackupSelection, " +
				"https response error StatusCode: 501, RequestID: , api error NotImplemented: the local AWS does not have backup CreateBackupSelection"}}},
			update,
			[]string{"aws:lb/loadBalancer:LoadBalancer gate could not be created: AWS answered NotImplemented to Backup " +
				"CreateBackupSelection: the local AWS does not have backup CreateBackupSelection. A real account has this operation, " +
				"the local AWS has not: leave the setting that asks for it out of a local deployment."},
		},
		{
			"a server that has stopped",
			Result{Steps: []Step{alb}, Diagnostics: []Diagnostic{{urnALB, "error", "operation error EC2: DescribeVpcs, exceeded maximum " +
				"number of attempts, 5, https response error StatusCode: 0, RequestID: , request send failed, Post \"http://127.0.0.1:4580/\": " +
				"dial tcp 127.0.0.1:4580: connect: connection refused"}}},
			update,
			[]string{"aws:lb/loadBalancer:LoadBalancer gate could not be created: nobody answered EC2 DescribeVpcs. The local AWS has " +
				"stopped; its log is .local/aws/server.log. Deploying again starts a new one."},
		},
		{
			"an answer of S3's, which names its host too",
			Result{Steps: []Step{alb}, Diagnostics: []Diagnostic{{urnALB, "error", "operation error S3: PutBucketPolicy, https response error " +
				"StatusCode: 404, RequestID: 1, HostID: a/b=, api error NoSuchBucket: The specified bucket does not exist"}}},
			update,
			[]string{"aws:lb/loadBalancer:LoadBalancer gate could not be created: AWS answered NoSuchBucket to S3 PutBucketPolicy: The " +
				"specified bucket does not exist. Something it refers to is not there, or not any more. If it was removed by hand, take " +
				"the stack down and deploy it again."},
		},
		{
			"a server that has failed",
			Result{Steps: []Step{alb}, Diagnostics: []Diagnostic{
				{urnALB, "error", "operation error EC2: DescribeVpcs, https response error StatusCode: 500, RequestID: 1"},
			}},
			update,
			[]string{"aws:lb/loadBalancer:LoadBalancer gate could not be created: AWS answered HTTP status 500 to EC2 DescribeVpcs. " +
				"moto failed on this request; the reason is at the end of .local/aws/server.log."},
		},
		{
			"a provider that crashed, without its trace",
			Result{Steps: []Step{alb}, Diagnostics: []Diagnostic{
				{urnALB, "error", "error reading from server: EOF"},
				{"", "error", "Detected that /plugins/pulumi-resource-aws exited prematurely.\nThis is *always* a bug in the provider.\n" +
					"panic: runtime error: nil map [recovered, repanicked]\ngoroutine 213 [running]:\nmain.main()\n"},
			}},
			update,
			[]string{
				"aws:lb/loadBalancer:LoadBalancer gate could not be created: error reading from server: EOF. The provider crashed over it: " +
					"the local AWS may have answered what AWS never would.",
				"A provider crashed (panic: runtime error: nil map). Its trace is in the full output.",
			},
		},
		{
			"an argument that the provider refuses in the preview",
			Result{Diagnostics: []Diagnostic{
				{urnVPC, "error", "aws:ec2/vpc:Vpc resource 'network' has a problem: expected cidr_block to contain a network Value"},
			}},
			update,
			[]string{"aws:ec2/vpc:Vpc network: aws:ec2/vpc:Vpc resource 'network' has a problem: expected cidr_block to contain a network Value."},
		},
		{
			"the program's own errors, a line for each",
			Result{Diagnostics: []Diagnostic{
				{urnStack, "error", "an unhandled error occurred: program failed:\n2 errors occurred:\n\t* torii:network.nat: is wrong\n\t* torii:edge: too\n"},
				{"", "error", "preview failed"},
			}},
			update,
			[]string{"torii:network.nat: is wrong\ntorii:edge: too"},
		},
		{
			"an engine that did not get that far",
			Result{},
			errors.New("failed to run update: exit status 255\ncode: 255\nstdout: \nstderr: error: no plugin found\n\n"),
			[]string{"running the engine: no plugin found"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got *Failure
			if err := explain(c.result, c.cause, "/log"); !errors.As(err, &got) || !slices.Equal(got.Paragraphs, c.want) {
				t.Errorf("got  %q\nwant %q", got.Paragraphs, c.want)
			}
		})
	}
}

func TestFailureEndsWithTheLog(t *testing.T) {
	t.Parallel()
	got := (&Failure{Paragraphs: []string{"a.", "b."}, Log: "/log"}).Error()
	if want := "a.\n\nb.\n\nThe full output is in /log"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
