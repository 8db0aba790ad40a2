"""Auto Scaling: groups and their instances."""

from mends import mend


def template_version(group):
    return group.ec2_launch_template.get_version(group.launch_template_version)


def check_template(backend, version):
    """Refuses, as AWS does before it launches anything, a launch template from which nothing can be launched."""
    from moto.autoscaling.exceptions import ValidationError
    from moto.core.exceptions import ServiceException
    from moto.ec2.utils import filter_iam_instance_profiles

    data, ec2 = version.data, backend.ec2_backend

    def refuse(reason):
        raise ValidationError(f"You must use a valid fully-formed launch template. {reason}")

    for name in ("ImageId", "InstanceType"):
        if not data.get(name):
            refuse(f"The request must contain the parameter {name}")
    interfaces = data.get("NetworkInterfaces") or []
    if interfaces and data.get("SecurityGroupIds"):
        refuse(
            "Network interfaces and an instance-level security groups may not be specified on the same request"
        )
    for group_id in (data.get("SecurityGroupIds") or []) + [g for nic in interfaces for g in nic.get("Groups") or []]:
        if ec2.get_security_group_from_id(group_id) is None:
            refuse(f"The security group '{group_id}' does not exist")
    profile = data.get("IamInstanceProfile") or {}
    try:
        if profile:
            filter_iam_instance_profiles(
                backend.account_id, backend.partition, profile.get("Arn"), profile.get("Name")
            )
    except ServiceException:
        kind, value = ("name", profile["Name"]) if profile.get("Name") else ("arn", profile.get("Arn"))
        refuse(
            f"Value ({value}) for parameter iamInstanceProfile.{kind} is invalid. Invalid IAM Instance Profile {kind}"
        )


def register(group, instance_ids):
    """Puts instances into the group's target groups."""
    backend = group.autoscaling_backend.elbv2_backend
    for arn in group.target_group_arns:
        target_group = backend.target_groups[arn]
        backend.register_targets(arn, [{"Id": each, "Port": target_group.port} for each in instance_ids])


@mend
def groups_launch_the_version_of_their_template():
    """AWS launches a group's instances from the version of the launch template that the group names.

    It shows with each instance the version it was made from, spreads them over the group's subnets, and gives the
    group's tags precedence over the template's. moto takes image, type and user data from that version and the rest
    from the default one, shows the default one, uses the first subnet, and prefers the template's tags.
    """
    from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup as Group, InstanceState

    original = Group.replace_autoscaling_group_instances

    def replace_autoscaling_group_instances(self, count_needed, propagated_tags):
        if self.ec2_launch_template is None:
            return original(self, count_needed, propagated_tags)
        version = template_version(self)
        for _ in range(count_needed):
            subnets = self.vpc_zone_identifier.split(",") if self.vpc_zone_identifier else [None]
            used = [state.instance.subnet_id for state in self.instance_states]
            reservation = self.ec2_backend.run_instances(
                version.image_id,
                1,
                version.user_data,
                version.security_groups,
                instance_type=version.instance_type,
                is_instance_type_default=False,
                tags={"instance": {**propagated_tags, ASG_NAME_TAG: self.name}},
                launch_template={"LaunchTemplateId": self.ec2_launch_template.id, "Version": version.number},
                associate_public_ip=None,
                subnet_id=min(subnets, key=used.count),
                placement=None if self.vpc_zone_identifier else self.availability_zones[0],
                region_name=self.region,
            )
            instance = reservation.instances[0]
            instance.autoscaling_group = self
            state = InstanceState(instance, protected_from_scale_in=self.new_instances_protected_from_scale_in)
            state.torii_version = version
            self.instance_states.append(state)

    shown = InstanceState.launch_template.fget

    def launch_template(self):
        version = vars(self).get("torii_version")
        if version is None:
            return shown(self)
        template = version.template
        return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": str(version.number)}

    Group.replace_autoscaling_group_instances = replace_autoscaling_group_instances
    InstanceState.launch_template = property(launch_template)


@mend
def groups_refuse_templates_that_cannot_launch():
    """AWS tries the launch template that a group is to use, and refuses one that says too little or points nowhere."""
    from moto.autoscaling.models import FakeAutoScalingGroup as Group
    from moto.core.exceptions import ServiceException

    original = Group._set_launch_configuration

    def set_launch_configuration(self, launch_config_name, launch_template, mixed_instances_policy):
        before = dict(vars(self))
        original(self, launch_config_name, launch_template, mixed_instances_policy)
        try:
            if launch_template:
                check_template(self.autoscaling_backend, template_version(self))
        except ServiceException:
            self.__dict__ = before
            raise

    Group._set_launch_configuration = set_launch_configuration


@mend
def groups_keep_what_they_are_given():
    """AWS keeps every setting of a group; moto drops some when it is created, and more when it is updated."""
    from botocore import xform_name
    from moto.autoscaling.responses import AutoScalingResponse as Response

    settings = [
        "CapacityRebalance",
        "Context",
        "DefaultCooldown",
        "DefaultInstanceWarmup",
        "DesiredCapacityType",
        "InstanceMaintenancePolicy",
        "MaxInstanceLifetime",
        "PlacementGroup",
        "ServiceLinkedRoleARN",
        "TerminationPolicies",
    ]

    def keep(response):
        params = response._get_params()
        group = response.autoscaling_backend.autoscaling_groups[params["AutoScalingGroupName"]]
        for name in settings:
            value = params.get(name)
            if value is None:
                continue
            # AWS takes -1 for "as if never set".
            unset = value == -1 or (isinstance(value, dict) and set(value.values()) == {-1})
            setattr(group, xform_name(name), None if unset else value)
        return group

    create, update = Response.create_auto_scaling_group, Response.update_auto_scaling_group

    def create_auto_scaling_group(self):
        answer = create(self)
        # Nobody waits unless asked to; moto waits 300 seconds.
        keep(self).health_check_grace_period = self._get_int_param("HealthCheckGracePeriod", 0)
        return answer

    def update_auto_scaling_group(self):
        answer = update(self)
        keep(self)
        return answer

    Response.create_auto_scaling_group = create_auto_scaling_group
    Response.update_auto_scaling_group = update_auto_scaling_group


@mend
def groups_with_instances_are_deleted_by_force_only():
    """AWS refuses to delete a group that has instances, unless forced to; then it ends them, protected ones too."""
    from moto.autoscaling.exceptions import AutoscalingClientError
    from moto.autoscaling.responses import AutoScalingResponse as Response

    original = Response.delete_auto_scaling_group

    def delete_auto_scaling_group(self):
        group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
        if group and group.instance_states and not self._get_bool_param("ForceDelete", False):
            raise AutoscalingClientError(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
                "still in the group.",
            )
        for state in group.instance_states if group else []:
            state.protected_from_scale_in = False
        return original(self)

    Response.delete_auto_scaling_group = delete_auto_scaling_group


@mend
def replacements_join_the_target_groups():
    """AWS puts the instance that replaces a terminated one into the group's target groups; moto forgets that."""
    from moto.autoscaling.models import AutoScalingBackend as Backend

    original = Backend.notify_terminate_instances

    def notify_terminate_instances(self, instance_ids):
        before = {state.instance.id for group in self.autoscaling_groups.values() for state in group.instance_states}
        original(self, instance_ids)
        for group in self.autoscaling_groups.values():
            register(group, [s.instance.id for s in group.instance_states if s.instance.id not in before])

    Backend.notify_terminate_instances = notify_terminate_instances
