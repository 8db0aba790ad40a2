package stack

import (
	"torii/compute/fargate"
	"torii/edge"
	"torii/operations"
	"torii/stack/settings"
)

// fargate makes one web service, and the cluster with the first.
func (d *deployment) fargate(name string, f settings.Fargate) (err error) {
	if d.cluster == nil {
		d.cluster, err = fargate.NewCluster(d.ctx, "cluster", &fargate.ClusterArgs{Tags: d.tags})
		if err != nil {
			return err
		}
	}
	route, err := d.route(edge.Site{Name: name, Host: f.Host}, edge.Addresses, f.Port, f.HealthPath)
	if err != nil {
		return err
	}
	made, err := fargate.NewService(d.ctx, name, &fargate.ServiceArgs{
		Cluster: d.cluster,
		Image:   f.Image, Port: f.Port, CPU: f.CPU, Memory: f.Memory, Min: f.Min, Max: f.Max,
		ReadOnly: f.ReadOnly, WritablePaths: f.WritablePaths, Environment: f.Environment, Secrets: f.Secrets,
		SubnetIDs:            d.vpc.PrivateSubnetIDs,
		SecurityGroupID:      d.groups.GroupIDs[name],
		TargetGroupARN:       route.TargetGroupARN,
		TargetGroupARNSuffix: route.TargetGroupARNSuffix,
		LoadBalancerSuffix:   d.gateway.ARNSuffix,
		ListenerRule:         route.Rule,
		LogRetentionDays:     d.settings.Operations.LogRetentionDays,
		KeyARN:               d.keyARN(),
		Partition:            d.cloud.partition,
		Region:               d.cloud.region,
		AccountID:            d.cloud.accountID,
		Tags:                 d.tags,
	})
	if err != nil {
		return err
	}
	d.watched.Services = append(d.watched.Services, operations.Service{Workload: name, Cluster: d.cluster.Name, Service: made.Name})
	return nil
}
