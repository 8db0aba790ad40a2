"""EC2: instances, and what they are made of."""

from copy import deepcopy

from mends import mend


def devices(image, asked):
    """Returns the block devices of an instance: those of its image, with what was asked for laid over them."""
    found = {}
    if image:
        size = image.block_device_mappings[0]["Ebs"]["VolumeSize"]
        found[image.root_device_name] = {"VolumeSize": size, "VolumeType": "gp3", "DeleteOnTermination": True}
    elif asked:
        # moto knows few images. An unknown one's root has no name yet; whoever asks for a device means that first.
        found[asked[0]["DeviceName"]] = {"VolumeSize": 8, "DeleteOnTermination": True}
    else:
        found["/dev/sda1"] = {"VolumeSize": 8, "DeleteOnTermination": True}
    for mapping in asked:
        given = {key: value for key, value in (mapping.get("Ebs") or {}).items() if value is not None}
        if mapping.get("NoDevice") is not None:
            found.pop(mapping["DeviceName"], None)
        elif given:
            found.setdefault(mapping["DeviceName"], {}).update(given)
    return [{"DeviceName": name, "Ebs": ebs} for name, ebs in found.items()]


@mend
def instances_have_one_root_volume():
    """AWS makes an instance's root volume as its image says, and changes it as a mapping of the same device says.

    moto always makes one of 8 GiB at /dev/sda1, whatever the image, and another for the mapping. It drops the IOPS and
    the throughput.
    """
    from moto.ec2.models import EC2Backend

    original = EC2Backend.run_instances

    def run_instances(self, image_id, count, user_data, security_group_names, **kwargs):
        template = kwargs.get("launch_template")
        data = self._get_template_from_args(template).data if template else {}
        image = self.amis.get(image_id or data.get("ImageId"))
        asked = (data.get("BlockDeviceMappings") or []) + (kwargs.pop("block_device_mappings", None) or [])
        wanted = devices(image, deepcopy(asked))
        reservation = original(
            self, image_id, count, user_data, security_group_names, block_device_mappings=wanted, **kwargs
        )
        for instance in reservation.instances:
            instance.root_device_name = wanted[0]["DeviceName"] if wanted else instance.root_device_name
            for mapping in wanted:
                volume = self.get_volume(instance.block_device_mapping[mapping["DeviceName"]].volume_id)
                volume.iops = mapping["Ebs"].get("Iops", volume.iops)
                volume.throughput = mapping["Ebs"].get("Throughput", volume.throughput)
        return reservation

    EC2Backend.run_instances = run_instances


def groups_of_first_interface(kwargs):
    """Makes the groups of the first interface the instance's; moto reads them from one place only."""
    for interface in kwargs.get("nics") or []:
        if int(interface.get("DeviceIndex", 0)) == 0 and interface.get("Groups"):
            kwargs["security_group_ids"] = interface.pop("Groups")


def take_from_template(data, kwargs):
    """Fills in what the request leaves open from a launch template's data."""
    kwargs["metadata_options"] = {**(data.get("MetadataOptions") or {}), **(kwargs.get("metadata_options") or {})}
    kwargs["ebs_optimized"] = kwargs.get("ebs_optimized") or data.get("EbsOptimized", False)
    if (data.get("Monitoring") or {}).get("Enabled"):
        kwargs["monitoring_state"] = "enabled"
    for ours, theirs in (
        ("disable_api_termination", "DisableApiTermination"),
        ("disable_api_stop", "DisableApiStop"),
        ("instance_initiated_shutdown_behavior", "InstanceInitiatedShutdownBehavior"),
    ):
        if theirs in data:
            kwargs[ours] = kwargs.get(ours) or data[theirs]

    if not kwargs.get("nics"):
        kwargs["nics"] = deepcopy(data.get("NetworkInterfaces") or [])
        groups_of_first_interface(kwargs)

    specifications = data.get("TagSpecifications") or []
    tags = {spec["ResourceType"]: {tag["Key"]: tag["Value"] for tag in spec["Tags"]} for spec in specifications}
    given = kwargs.get("tags") or {}
    kwargs["tags"] = {kind: {**tags.get(kind, {}), **given.get(kind, {})} for kind in {*tags, *given}}


@mend
def instances_are_what_their_launch_template_says():
    """AWS takes from the launch template whatever a request to launch leaves open.

    moto takes the image, type, key, user data and security groups. It leaves out the instance profile, the metadata
    options, the network interfaces, the tags of volumes and interfaces, and what protects the instance. And with a
    template or without, an instance has the groups of its first interface, which moto forgets.
    """
    from moto.ec2.models import EC2Backend

    original = EC2Backend.run_instances

    def run_instances(self, image_id, count, user_data, security_group_names, **kwargs):
        groups_of_first_interface(kwargs)
        if not kwargs.get("launch_template"):
            return original(self, image_id, count, user_data, security_group_names, **kwargs)
        data = self._get_template_from_args(kwargs["launch_template"]).data
        take_from_template(data, kwargs)
        interface_tags = kwargs["tags"].get("network-interface", {})
        reservation = original(self, image_id, count, user_data, security_group_names, **kwargs)
        asked = kwargs.get("iam_instance_profile_name") or kwargs.get("iam_instance_profile_arn")
        profile = None if asked else data.get("IamInstanceProfile")
        for instance in reservation.instances:
            for interface in instance.nics.values():
                interface.add_tags(interface_tags)
            if profile:
                self.associate_iam_instance_profile(instance.id, profile.get("Name"), profile.get("Arn"))
        return reservation

    EC2Backend.run_instances = run_instances


@mend
def terminated_instances_leave_their_target_groups():
    """AWS takes an instance out of its target groups when it terminates, whoever ended it.

    moto does so only when the request was EC2's.
    """
    from moto.ec2.models.instances import Instance
    from moto.elbv2 import elbv2_backends

    original = Instance.terminate

    def terminate(self):
        before = original(self)
        backend = elbv2_backends[self.ec2_backend.account_id][self.ec2_backend.region_name]
        backend.notify_terminate_instances([self.id])
        return before

    Instance.terminate = terminate


@mend
def interfaces_without_a_public_address_say_nothing_of_one():
    """AWS leaves an interface's association out when it has no public address.

    moto gives an empty one, by which the provider sees a public address where there is none.
    """
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface

    original = NetworkInterface.association.fget
    NetworkInterface.association = property(lambda self: original(self) or None)


@mend
def changing_one_attribute_of_an_instance_leaves_its_groups():
    """AWS changes the one attribute of an instance that a request names.

    moto takes a request about what happens at shutdown for one about security groups, and takes all of them away.
    """
    from moto.ec2.responses.instances import InstanceResponse

    original = InstanceResponse._security_grp_instance_attribute_handler

    def handler(self):
        asked = self._get_param("InstanceInitiatedShutdownBehavior")
        if asked:
            name = "instance_initiated_shutdown_behavior"
            self.ec2_backend.modify_instance_attribute(self._get_param("InstanceId"), name, asked["Value"])
            return True
        return bool(self._get_param("Groups")) and original(self)

    InstanceResponse._security_grp_instance_attribute_handler = handler
