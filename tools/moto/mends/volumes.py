"""EC2: volumes."""

from mends import mend


@mend
def gp3_volumes_have_a_throughput():
    """AWS gives a gp3 volume 125 MiB a second unless told otherwise; moto gives it none."""
    from moto.ec2.models.elastic_block_store import Volume

    original = Volume.__init__

    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        if self.volume_type == "gp3":
            self.throughput = self.throughput or 125

    Volume.__init__ = init


@mend
def volumes_only_grow():
    """AWS refuses to make a volume smaller."""
    from moto.ec2.exceptions import InvalidParameterValue
    from moto.ec2.models import EC2Backend

    original = EC2Backend.modify_volume

    def modify_volume(self, volume_id, target_size=None, *args, **kwargs):
        if target_size and target_size < self.get_volume(volume_id).size:
            raise InvalidParameterValue("New size cannot be smaller than existing size")
        return original(self, volume_id, target_size, *args, **kwargs)

    EC2Backend.modify_volume = modify_volume


@mend
def only_the_last_modification_of_a_volume_shows():
    """AWS describes the most recent modification of each volume; moto every one there ever was."""
    from moto.ec2.models import EC2Backend

    original = EC2Backend.describe_volumes_modifications

    def describe_volumes_modifications(self, *args, **kwargs):
        return [each for each in original(self, *args, **kwargs) if each is each.volume.modifications[-1]]

    EC2Backend.describe_volumes_modifications = describe_volumes_modifications


@mend
def volumes_go_to_one_running_instance_in_their_zone():
    """AWS attaches a volume that is free, to an instance that runs in the same zone, as a device that it has not yet.

    moto attaches anything to anything, and whoever had the volume before loses it.
    """
    from moto.ec2.exceptions import EC2ClientError
    from moto.ec2.models import EC2Backend

    original = EC2Backend.attach_volume

    def attach_volume(self, volume_id, instance_id, device_path, *args, **kwargs):
        volume, instance = self.get_volume(volume_id), self.get_instance(instance_id)
        zone = instance.placement.zone
        if instance.state not in ("running", "stopped"):
            raise EC2ClientError("IncorrectState", f"Instance '{instance_id}' is not 'running'.")
        if volume.attachment:
            raise EC2ClientError("VolumeInUse", f"{volume_id} is already attached to an instance")
        if volume.zone and volume.zone.name != zone:
            raise EC2ClientError(
                "InvalidVolume.ZoneMismatch",
                f"The volume '{volume_id}' is not in the same availability zone as instance '{instance_id}'",
            )
        if device_path in instance.block_device_mapping:
            raise EC2ClientError(
                "InvalidParameterValue",
                f"Invalid value '{device_path}' for unixDevice. Attachment point {device_path} is already in use",
            )
        return original(self, volume_id, instance_id, device_path, *args, **kwargs)

    EC2Backend.attach_volume = attach_volume
