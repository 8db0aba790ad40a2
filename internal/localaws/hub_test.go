//go:build integration

package localaws_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	balancingtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"

	"torii/internal/localaws"
)

const region = "ap-northeast-1"

// world is a local AWS with what a group of instances needs: a VPC with a subnet in each of two zones, a security
// group, an instance profile and a target group.
type world struct {
	*testing.T
	server    *localaws.Server
	ec2       *ec2.Client
	scaling   *autoscaling.Client
	balancing *elasticloadbalancingv2.Client

	vpc, security, targets string
	subnets                []string
}

func config(server *localaws.Server) aws.Config {
	return aws.Config{
		BaseEndpoint: aws.String(server.URL),
		Region:       region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// ask returns the answer of a call that has to succeed.
func ask[In, Out, Options any](t *testing.T, call func(context.Context, In, ...func(*Options)) (Out, error), input In) Out {
	t.Helper()
	answer, err := call(t.Context(), input)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// refused fails the test unless the call was refused with this code and a message that holds text.
func refused(t *testing.T, err error, code, text string) {
	t.Helper()
	var said smithy.APIError
	if !errors.As(err, &said) || said.ErrorCode() != code || !strings.Contains(said.ErrorMessage(), text) {
		t.Errorf("got %v\nwant %s with %q", err, code, text)
	}
}

// send sends a request that no client of AWS would, and returns the answer's status and body.
func send(t *testing.T, server *localaws.Server, method, path, service, kind, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=test/20260101/"+region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

func (w *world) send(method, path, service, kind, body string) (int, string) {
	w.Helper()
	return send(w.T, w.server, method, path, service, kind, body)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server := start(t, options(t, t.TempDir()))
	c := config(server)
	w := &world{
		T: t, server: server,
		ec2: ec2.NewFromConfig(c), scaling: autoscaling.NewFromConfig(c), balancing: elasticloadbalancingv2.NewFromConfig(c),
	}
	w.vpc = *ask(t, w.ec2.CreateVpc, &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}).Vpc.VpcId
	for cidr, zone := range map[string]string{"10.0.1.0/24": "a", "10.0.2.0/24": "c"} {
		subnet := ask(t, w.ec2.CreateSubnet, &ec2.CreateSubnetInput{
			VpcId: &w.vpc, CidrBlock: aws.String(cidr), AvailabilityZone: aws.String(region + zone),
		}).Subnet
		if zone == "a" {
			w.subnets = slices.Insert(w.subnets, 0, *subnet.SubnetId)
		} else {
			w.subnets = append(w.subnets, *subnet.SubnetId)
		}
	}
	w.security = w.securityGroup("hub")
	w.profile("hub")
	w.targets = *ask(t, w.balancing.CreateTargetGroup, &elasticloadbalancingv2.CreateTargetGroupInput{
		Name: aws.String("hub"), Protocol: balancingtypes.ProtocolEnumHttp, Port: aws.Int32(8000), VpcId: &w.vpc,
		TargetType: balancingtypes.TargetTypeEnumInstance,
	}).TargetGroups[0].TargetGroupArn
	return w
}

func (w *world) securityGroup(name string) string {
	w.Helper()
	return *ask(w.T, w.ec2.CreateSecurityGroup, &ec2.CreateSecurityGroupInput{
		GroupName: aws.String(name), Description: aws.String(name), VpcId: &w.vpc,
	}).GroupId
}

// profile makes an instance profile. One request is not worth the whole module of IAM's client.
func (w *world) profile(name string) {
	w.Helper()
	form := url.Values{"Action": {"CreateInstanceProfile"}, "Version": {"2010-05-08"}, "InstanceProfileName": {name}}
	status, body := w.send(http.MethodPost, "/", "iam", "application/x-www-form-urlencoded", form.Encode())
	if status != http.StatusOK {
		w.Fatalf("making the instance profile: %d %s", status, body)
	}
}

// listen makes a load balancer whose listener forwards to the target group.
func (w *world) listen() {
	w.Helper()
	balancer := ask(w.T, w.balancing.CreateLoadBalancer, &elasticloadbalancingv2.CreateLoadBalancerInput{Name: aws.String("gate"), Subnets: w.subnets}).LoadBalancers[0]
	ask(w.T, w.balancing.CreateListener, &elasticloadbalancingv2.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancerArn, Protocol: balancingtypes.ProtocolEnumHttp, Port: aws.Int32(80),
		DefaultActions: []balancingtypes.Action{{Type: balancingtypes.ActionTypeEnumForward, TargetGroupArn: &w.targets}},
	})
}

// tagged gives a name to what a launch template launches.
func tagged(kind types.ResourceType, name string) types.LaunchTemplateTagSpecificationRequest {
	return types.LaunchTemplateTagSpecificationRequest{
		ResourceType: kind, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String(name)}},
	}
}

// template returns launch template data as a hub has it.
func (w *world) template() *types.RequestLaunchTemplateData {
	return &types.RequestLaunchTemplateData{
		ImageId:            aws.String("ami-00000000000000001"),
		InstanceType:       types.InstanceTypeT3Medium,
		UserData:           aws.String(base64.StdEncoding.EncodeToString([]byte("first"))),
		SecurityGroupIds:   []string{w.security},
		IamInstanceProfile: &types.LaunchTemplateIamInstanceProfileSpecificationRequest{Name: aws.String("hub")},
		MetadataOptions: &types.LaunchTemplateInstanceMetadataOptionsRequest{
			HttpTokens: types.LaunchTemplateHttpTokensStateRequired, HttpPutResponseHopLimit: aws.Int32(1),
		},
		BlockDeviceMappings: []types.LaunchTemplateBlockDeviceMappingRequest{{
			DeviceName: aws.String("/dev/xvda"),
			Ebs:        &types.LaunchTemplateEbsBlockDeviceRequest{VolumeSize: aws.Int32(30), VolumeType: types.VolumeTypeGp3},
		}},
		TagSpecifications: []types.LaunchTemplateTagSpecificationRequest{tagged(types.ResourceTypeInstance, "first")},
	}
}

func (w *world) createTemplate(data *types.RequestLaunchTemplateData) string {
	w.Helper()
	return *ask(w.T, w.ec2.CreateLaunchTemplate, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("hub"), LaunchTemplateData: data,
		TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeLaunchTemplate, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String("own")}},
		}},
	}).LaunchTemplate.LaunchTemplateId
}

func (w *world) createVersion(template string, data *types.RequestLaunchTemplateData) {
	w.Helper()
	ask(w.T, w.ec2.CreateLaunchTemplateVersion, &ec2.CreateLaunchTemplateVersionInput{LaunchTemplateId: &template, LaunchTemplateData: data})
}

// group describes a group of exactly one instance.
func (w *world) group(template, version string) *autoscaling.CreateAutoScalingGroupInput {
	return &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("hub"),
		MinSize:              aws.Int32(1), MaxSize: aws.Int32(1), DesiredCapacity: aws.Int32(1),
		LaunchTemplate:         &scalingtypes.LaunchTemplateSpecification{LaunchTemplateId: &template, Version: &version},
		VPCZoneIdentifier:      aws.String(w.subnets[0]),
		TargetGroupARNs:        []string{w.targets},
		HealthCheckType:        aws.String("EC2"),
		HealthCheckGracePeriod: aws.Int32(900),
	}
}

func (w *world) create(input *autoscaling.CreateAutoScalingGroupInput) {
	w.Helper()
	ask(w.T, w.scaling.CreateAutoScalingGroup, input)
}

// groups returns what is there of the group: it or nothing.
func (w *world) groups() []scalingtypes.AutoScalingGroup {
	w.Helper()
	return ask(w.T, w.scaling.DescribeAutoScalingGroups, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{"hub"}}).AutoScalingGroups
}

// member returns the only instance of the group, as the group and as EC2 show it.
func (w *world) member() (scalingtypes.Instance, types.Instance) {
	w.Helper()
	groups := w.groups()
	if len(groups) != 1 || len(groups[0].Instances) != 1 {
		w.Fatalf("want one group of one instance, got %+v", groups)
	}
	member := groups[0].Instances[0]
	return member, w.instance(*member.InstanceId)
}

func (w *world) instance(id string) types.Instance {
	w.Helper()
	return ask(w.T, w.ec2.DescribeInstances, &ec2.DescribeInstancesInput{InstanceIds: []string{id}}).Reservations[0].Instances[0]
}

func (w *world) volume(id string) types.Volume {
	w.Helper()
	return ask(w.T, w.ec2.DescribeVolumes, &ec2.DescribeVolumesInput{VolumeIds: []string{id}}).Volumes[0]
}

// health returns the state of each target, by instance.
func (w *world) health() map[string]string {
	w.Helper()
	states := map[string]string{}
	for _, each := range ask(w.T, w.balancing.DescribeTargetHealth, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &w.targets}).TargetHealthDescriptions {
		states[*each.Target.Id] = string(each.TargetHealth.State)
	}
	return states
}
