"""Auto Scaling: instance refreshes, of which moto has none."""

import uuid
from datetime import datetime, timezone

from mends import mend
from mends.groups import register, template_version

# What AWS takes for preferences that are left out.
DEFAULTS = {
    "MinHealthyPercentage": 90,
    "MaxHealthyPercentage": 100,
    "SkipMatching": False,
    "AutoRollback": False,
    "ScaleInProtectedInstances": "Wait",
    "StandbyInstances": "Wait",
}


def refreshes_of(backend, name):
    """Returns the group and its refreshes, the latest first."""
    from moto.autoscaling.exceptions import ValidationError

    group = backend.autoscaling_groups.get(name)
    if group is None:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group, vars(group).setdefault("torii_refreshes", [])


def in_progress(refreshes):
    return [refresh for refresh in refreshes if refresh["Status"] == "InProgress"]


def check_preferences(group, asked, desired):
    """Refuses preferences that AWS refuses."""
    from moto.autoscaling.exceptions import ValidationError

    low, high = asked.get("MinHealthyPercentage"), asked.get("MaxHealthyPercentage")
    if high is not None and low is None:
        raise ValidationError("If you specify MaxHealthyPercentage, you must also specify MinHealthyPercentage.")
    if not 0 <= (low or 0) <= 100 or not 100 <= (high or 100) <= 200 or (high or 100) - (low or 0) > 100:
        raise ValidationError(
            "MinHealthyPercentage must be from 0 to 100, MaxHealthyPercentage from 100 to 200, and the difference "
            "between them not greater than 100."
        )
    if not asked.get("AutoRollback"):
        return
    if not desired:
        raise ValidationError(
            "The AutoRollback parameter cannot be set to true when the DesiredConfiguration parameter is empty."
        )
    template = desired.get("LaunchTemplate") or {}
    if group.ec2_launch_template is None:
        return
    for version in (group.launch_template_version, template.get("Version") or group.launch_template_version):
        if not str(version).isdigit():
            raise ValidationError("AutoRollback needs version numbers of launch templates, not $Latest or $Default.")
    if template_version(group).image_id.startswith("resolve:ssm:"):
        raise ValidationError("AutoRollback needs launch templates with an image's own ID, not a parameter's name.")


def matches(group, state):
    """Says whether an instance is what the group would launch now."""
    if group.ec2_launch_template is None:
        return False
    return vars(state).get("torii_version") is template_version(group)


def replace(group, state):
    """Ends an instance and launches another in its place."""
    backend = group.autoscaling_backend
    group.instance_states.remove(state)
    backend.ec2_backend.terminate_instances([state.instance.id])
    group.replace_autoscaling_group_instances(1, group.get_propagated_tags())
    backend.update_attached_elbs(group.name)
    register(group, [group.instance_states[-1].instance.id])


def run(group, refresh):
    """Carries out a refresh and notes how it went."""
    preferences = refresh["Preferences"]
    waiting = 0
    for state in list(group.instance_states):
        if preferences["SkipMatching"] and matches(group, state):
            continue
        kept = preferences["ScaleInProtectedInstances"] if state.protected_from_scale_in else "Refresh"
        if kept == "Refresh":
            replace(group, state)
        elif kept == "Wait":
            waiting += 1
    total = max(len(group.instance_states), 1)
    refresh.update(InstancesToUpdate=waiting, PercentageComplete=100 * (total - waiting) // total)
    if waiting:
        refresh["StatusReason"] = f"Waiting for {waiting} instance(s) that are protected from scale in."
    else:
        refresh.update(Status="Successful", EndTime=datetime.now(timezone.utc))


@mend
def groups_refresh_their_instances():
    """AWS replaces a group's instances, one after the other, with ones of the group's launch template as it is now.

    With a desired configuration it gives that to the group. It skips instances that match if told so, and waits for
    those that are protected from scale in unless told otherwise. Here a refresh is done when the request returns,
    except for one that waits.
    """
    from moto.autoscaling.exceptions import AutoscalingClientError
    from moto.autoscaling.responses import AutoScalingResponse as Response
    from moto.core.responses import ActionResult

    def start_instance_refresh(self):
        params = self._get_params()
        group, refreshes = refreshes_of(self.autoscaling_backend, params["AutoScalingGroupName"])
        if in_progress(refreshes):
            raise AutoscalingClientError(
                "InstanceRefreshInProgress",
                "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
            )
        asked, desired = params.get("Preferences") or {}, params.get("DesiredConfiguration")
        check_preferences(group, asked, desired)
        if desired:
            group._set_launch_configuration(
                "", desired.get("LaunchTemplate"), desired.get("MixedInstancesPolicy") or group.mixed_instances_policy
            )
        warmup = getattr(group, "default_instance_warmup", None)
        if warmup is None:
            warmup = group.health_check_grace_period
        refresh = {
            "InstanceRefreshId": str(uuid.uuid4()),
            "AutoScalingGroupName": group.name,
            "Status": "InProgress",
            "StartTime": datetime.now(timezone.utc),
            "Preferences": {**DEFAULTS, "InstanceWarmup": warmup, **asked},
            "DesiredConfiguration": desired,
            "Strategy": params.get("Strategy") or "Rolling",
        }
        run(group, refresh)
        refreshes.insert(0, refresh)
        return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})

    def describe_instance_refreshes(self):
        wanted = self._get_param("InstanceRefreshIds", [])
        _, refreshes = refreshes_of(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
        found = [refresh for refresh in refreshes if not wanted or refresh["InstanceRefreshId"] in wanted]
        return ActionResult({"InstanceRefreshes": found})

    def cancel_instance_refresh(self):
        group, refreshes = refreshes_of(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
        for refresh in in_progress(refreshes):
            refresh.update(Status="Cancelled", EndTime=datetime.now(timezone.utc))
            return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})
        raise AutoscalingClientError(
            "ActiveInstanceRefreshNotFound",
            f"No in progress or pending Instance Refresh found for Auto Scaling group {group.name}",
        )

    Response.start_instance_refresh = start_instance_refresh
    Response.describe_instance_refreshes = describe_instance_refreshes
    Response.cancel_instance_refresh = cancel_instance_refresh
