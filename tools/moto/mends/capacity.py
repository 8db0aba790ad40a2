"""Auto Scaling: how many instances a group is to have."""

from mends import mend


@mend
def groups_keep_to_their_limits():
    """AWS refuses a desired capacity below the group's minimum or above its maximum; moto starts as many as asked."""
    from moto.autoscaling.exceptions import ValidationError
    from moto.autoscaling.responses import AutoScalingResponse as Response

    original = Response.set_desired_capacity

    def refuse(wanted, passes, limit):
        raise ValidationError(
            f"New SetDesiredCapacity value {wanted} is {passes} value {limit} for the AutoScalingGroup."
        )

    def set_desired_capacity(self):
        group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
        wanted = self._get_int_param("DesiredCapacity")
        if group and wanted > group.max_size:
            refuse(wanted, "above max", group.max_size)
        if group and wanted < group.min_size:
            refuse(wanted, "below min", group.min_size)
        return original(self)

    Response.set_desired_capacity = set_desired_capacity
