"""What makes up for the differences between moto and AWS that our deployments meet.

To make up for one more, add a function marked @mend and say in its first line what AWS does. Mends run once, before the
server listens.
"""

import inspect
import json
import uuid
from datetime import datetime, timezone

MENDS = []


def mend(function):
    """Marks a function that makes up for one difference between moto and AWS."""
    MENDS.append(function)
    return function


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
def ecs_lists_no_deleted_services():
    """AWS describes a deleted service for some hours as INACTIVE, but no longer lists it."""
    from moto.ecs.models import EC2ContainerServiceBackend as Backend

    original = Backend.list_services

    def list_services(self, cluster_str, *args, **kwargs):
        gone = {service.arn for service in self.services.values() if service.status == "INACTIVE"}
        return [arn for arn in original(self, cluster_str, *args, **kwargs) if arn not in gone]

    Backend.list_services = list_services


@mend
def instances_take_their_interfaces_along():
    """AWS deletes the network interfaces it made for an instance when that terminates, unless told otherwise."""
    from moto.ec2.models.instances import Instance

    original = Instance.prep_nics

    def prep_nics(self, nic_spec, *args, **kwargs):
        brought = {spec.get("NetworkInterfaceId") for spec in nic_spec}
        kept = {int(spec["DeviceIndex"]) for spec in nic_spec if spec.get("DeleteOnTermination") is False}
        original(self, nic_spec, *args, **kwargs)
        for index, interface in self.nics.items():
            if interface.id not in brought and index not in kept:
                interface.delete_on_termination = True

    Instance.prep_nics = prep_nics


@mend
def vpcs_take_their_default_network_acl_along():
    """AWS deletes a VPC's default network ACL together with the VPC."""
    from moto.ec2.models import EC2Backend

    original = EC2Backend.delete_vpc

    def delete_vpc(self, vpc_id):
        vpc = original(self, vpc_id)
        for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id]:
            del self.network_acls[acl.id]
        return vpc

    EC2Backend.delete_vpc = delete_vpc


@mend
def scalable_targets_have_tags():
    """AWS keeps tags on the scalable targets of Application Auto Scaling; moto drops them and cannot list any."""
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Response

    original = Response.register_scalable_target

    def tags_of(response, arn):
        for targets in response.applicationautoscaling_backend.targets.values():
            for target in targets.values():
                if target.arn == arn:
                    return vars(target).setdefault("torii_tags", {})
        return {}

    def register_scalable_target(self):
        answer = original(self)
        tags_of(self, json.loads(answer)["ScalableTargetARN"]).update(self._get_param("Tags") or {})
        return answer

    def list_tags_for_resource(self):
        return json.dumps({"Tags": tags_of(self, self._get_param("ResourceARN"))})

    def tag_resource(self):
        tags_of(self, self._get_param("ResourceARN")).update(self._get_param("Tags") or {})
        return "{}"

    def untag_resource(self):
        tags = tags_of(self, self._get_param("ResourceARN"))
        for key in self._get_param("TagKeys") or []:
            tags.pop(key, None)
        return "{}"

    Response.register_scalable_target = register_scalable_target
    Response.list_tags_for_resource = list_tags_for_resource
    Response.tag_resource = tag_resource
    Response.untag_resource = untag_resource


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


@mend
def deleted_vpc_endpoints_are_forgotten():
    """AWS forgets a VPC endpoint soon after its deletion; moto shows it as deleted for ever, and clients wait."""
    from moto.ec2.models import EC2Backend

    original = EC2Backend.delete_vpc_endpoints

    def delete_vpc_endpoints(self, vpce_ids=None):
        original(self, vpce_ids)
        for vpce_id in vpce_ids or []:
            self.vpc_end_points.pop(vpce_id, None)

    EC2Backend.delete_vpc_endpoints = delete_vpc_endpoints


@mend
def listeners_keep_the_certificates_added_to_them():
    """AWS keeps a listener's default certificate apart from those added for other hosts.

    Changing the default leaves the added ones alone, and describing the listener shows the default only; moto has one
    list, which a change of the default replaces.
    """
    from moto.elbv2.models import ELBv2Backend as Backend

    def listener_of(backend, arn):
        return backend.describe_listeners(load_balancer_arn=None, listener_arns=[arn])[0]

    def added_to(backend, arn):
        return vars(listener_of(backend, arn)).setdefault("torii_added", [])

    def add_listener_certificates(self, arn, certificates):
        added = added_to(self, arn)
        added.extend(c["CertificateArn"] for c in certificates if c["CertificateArn"] not in added)
        return added

    def describe_listener_certificates(self, arn):
        # The response marks the first one as the default.
        return listener_of(self, arn).certificates[:1] + added_to(self, arn)

    def remove_listener_certificates(self, arn, certificates):
        gone = {c["CertificateArn"] for c in certificates}
        added = added_to(self, arn)
        added[:] = [each for each in added if each not in gone]

    Backend.add_listener_certificates = add_listener_certificates
    Backend.describe_listener_certificates = describe_listener_certificates
    Backend.remove_listener_certificates = remove_listener_certificates


@mend
def load_balancers_face_the_internet_unless_told_otherwise():
    """AWS says internet-facing of a load balancer for which nobody chose a scheme; moto says nothing."""
    from moto.elbv2.models import FakeLoadBalancer

    original = FakeLoadBalancer.__init__

    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.scheme = self.scheme or "internet-facing"

    FakeLoadBalancer.__init__ = init


@mend
def every_security_group_rule_keeps_its_description():
    """AWS keeps a rule's description whatever its other end is; moto does for address ranges only."""
    from moto.ec2.models.security_groups import SecurityGroupRule as Rule

    original = Rule.__init__

    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        given = inspect.signature(original).bind(self, *args, **kwargs).arguments
        self.torii_description = (given.get("prefix_list_id") or {}).get("Description")

    def description(self):
        for end in (self.ip_range, self.source_group):
            if end.get("Description"):
                return end["Description"]
        return self.torii_description

    Rule.__init__ = init
    Rule.description = property(description)


@mend
def subnets_show_their_ipv6_ranges():
    """AWS finds subnets by the association of an IPv6 range, and says of one that it is associated.

    moto does not know that filter, and wraps the state twice.
    """
    from moto.ec2.models.subnets import Subnet

    original = Subnet.get_filter_value

    def get_filter_value(self, filter_name, method_name=None):
        keys = {
            "ipv6-cidr-block-association.association-id": "associationId",
            "ipv6-cidr-block-association.ipv6-cidr-block": "ipv6CidrBlock",
        }
        if filter_name in keys:
            return [each[keys[filter_name]] for each in self.ipv6_cidr_block_associations.values()]
        return original(self, filter_name, method_name)

    associations = Subnet.ipv6_cidr_block_association_set.fget

    def ipv6_cidr_block_association_set(self):
        shown = associations(self)
        for each in shown:
            each["ipv6CidrBlockState"] = {"state": each["ipv6CidrBlockState"]["state"]["State"]}
        return shown

    Subnet.get_filter_value = get_filter_value
    Subnet.ipv6_cidr_block_association_set = property(ipv6_cidr_block_association_set)


@mend
def nat_gateways_take_their_interfaces_along():
    """AWS deletes a NAT gateway's network interface together with the gateway."""
    from moto.ec2.models import EC2Backend

    original = EC2Backend.delete_nat_gateway

    def delete_nat_gateway(self, nat_gateway_id):
        gateway = original(self, nat_gateway_id)
        self.enis.pop(gateway._eni.id, None)
        return gateway

    EC2Backend.delete_nat_gateway = delete_nat_gateway
