"""ECS."""

import uuid
from datetime import datetime, timezone
from ipaddress import ip_network

from mends import mend


@mend
def ecs_services_reach_their_desired_count():
    """AWS starts the tasks a service asks for, finishes its deployment, and keeps the cluster's counts in step.

    moto leaves every service at 0 running tasks, or at one number for all of them, and its deployment record as it
    was on the first day; whoever waits for a steady service waits for ever.
    """
    from moto.ecs.models import EC2ContainerServiceBackend as Backend

    create, update, delete = Backend.create_service, Backend.update_service, Backend.delete_service

    def settle(backend, service, new_deployment=False):
        service.running_count, service.pending_count = service.desired_count, 0
        if service.task_definition:
            service.task_definition = backend.describe_task_definition(service.task_definition).arn
        for deployment in service.deployments[:1]:
            now = datetime.now(timezone.utc)
            if new_deployment:
                deployment["id"] = f"ecs-svc/{uuid.uuid4().int % 10**19}"
                deployment["createdAt"] = now
            deployment.update(
                desiredCount=service.desired_count,
                runningCount=service.desired_count,
                pendingCount=0,
                taskDefinition=service.task_definition,
                networkConfiguration=service.network_configuration,
                rolloutState="COMPLETED",
                rolloutStateReason=f"ECS deployment {deployment['id']} completed.",
                updatedAt=now,
            )
        count(backend, service.cluster_name)
        return service

    def count(backend, cluster_name):
        cluster = backend.clusters.get(cluster_name)
        if cluster is None:
            return
        services = [s for s in backend.services.values() if s.cluster_name == cluster_name and s.status == "ACTIVE"]
        tasks = [t for t in backend.tasks.get(cluster_name, {}).values() if t.last_status == "RUNNING"]
        cluster.running_tasks_count = sum(s.running_count for s in services) + len(tasks)
        cluster.pending_tasks_count = 0

    def create_service(self, *args, **kwargs):
        return settle(self, create(self, *args, **kwargs))

    def update_service(self, service_properties):
        before = self._get_service(
            service_properties.get("cluster", "default"), service_properties["service"].split("/")[-1]
        ).task_definition
        forced = service_properties.get("force_new_deployment", False)
        service = update(self, service_properties)
        settle(self, service)
        if forced or service.task_definition != before:
            settle(self, service, new_deployment=True)
        return service

    def delete_service(self, *args, **kwargs):
        service = delete(self, *args, **kwargs)
        service.desired_count = service.running_count = 0
        service.deployments = []
        count(self, service.cluster_name)
        return service

    Backend.create_service = create_service
    Backend.update_service = update_service
    Backend.delete_service = delete_service


@mend
def ecs_tasks_stand_behind_load_balancers():
    """AWS registers the address of each of a service's tasks with the service's target groups, until the task ends.

    moto never does. Here nothing listens at the addresses, which are the last ones of the service's subnets.
    """
    from moto.ecs.models import EC2ContainerServiceBackend as Backend
    from moto.ec2 import ec2_backends
    from moto.elbv2 import elbv2_backends

    def addresses(backend, service):
        network = (service.network_configuration or {}).get("awsvpcConfiguration") or {}
        ec2 = ec2_backends[backend.account_id][backend.region_name]
        ranges = [ip_network(ec2.get_subnet(each).cidr_block) for each in network.get("subnets") or []]
        return [str(ranges[i % len(ranges)][-2 - i // len(ranges)]) for i in range(service.running_count) if ranges]

    def register(backend, service):
        wanted = addresses(backend, service)
        groups = elbv2_backends[backend.account_id][backend.region_name].target_groups
        for balancer in service.load_balancers or []:
            group = groups.get(balancer.get("targetGroupArn"))
            if group is not None:
                group.deregister([{"Id": each} for each in list(group.targets) if each not in wanted])
                group.register([{"Id": each, "Port": balancer["containerPort"]} for each in wanted])
        return service

    def registering(original):
        return lambda self, *args, **kwargs: register(self, original(self, *args, **kwargs))

    for action in ("create_service", "update_service", "delete_service"):
        setattr(Backend, action, registering(getattr(Backend, action)))


@mend
def ecs_lists_no_deleted_services():
    """AWS describes a deleted service for some hours as INACTIVE, but no longer lists it."""
    from moto.ecs.models import EC2ContainerServiceBackend as Backend

    original = Backend.list_services

    def list_services(self, cluster_str, *args, **kwargs):
        gone = {service.arn for service in self.services.values() if service.status == "INACTIVE"}
        return [arn for arn in original(self, cluster_str, *args, **kwargs) if arn not in gone]

    Backend.list_services = list_services


@mend
def ecs_services_keep_what_they_are_created_with():
    """AWS shows all that a service was created with; moto keeps these only when they come in an update."""
    from moto.core.utils import camelcase_to_underscores
    from moto.ecs.responses import EC2ContainerServiceResponse as Response

    original = Response.create_service
    dropped = [
        "availabilityZoneRebalancing",
        "capacityProviderStrategy",
        "deploymentConfiguration",
        "enableECSManagedTags",
        "enableExecuteCommand",
        "healthCheckGracePeriodSeconds",
        "placementConstraints",
        "placementStrategy",
    ]

    def create_service(self):
        answer = original(self)
        names = [self._get_param("serviceName")]
        services, _ = self.ecs_backend.describe_services(self._get_param("cluster", "default"), names)
        for key in dropped:
            value = self._get_param(key)
            if value is not None:
                setattr(services[0], camelcase_to_underscores(key), value)
        return answer

    Response.create_service = create_service
