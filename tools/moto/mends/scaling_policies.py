"""Auto Scaling: the policies by which a group scales."""

from mends import mend


@mend
def scaling_policies_are_enabled_unless_told_otherwise():
    """AWS says of a policy whether it is enabled, and of predictions only where it has some to make.

    moto says nothing of the first, and shows empty predictions of every policy.
    """
    from moto.autoscaling.responses import AutoScalingResponse as Response

    original = Response.put_scaling_policy

    def put_scaling_policy(self):
        answer = original(self)
        policy = self.autoscaling_backend.policies[self._get_param("PolicyName")]
        policy.enabled = self._get_bool_param("Enabled", True)
        policy.predictive_scaling_configuration = policy.predictive_scaling_configuration or None
        return answer

    Response.put_scaling_policy = put_scaling_policy
