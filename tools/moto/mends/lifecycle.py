"""Auto Scaling: lifecycle hooks, which moto keeps and heeds not."""

import time

from mends import mend

# Seconds after which an instance that waits goes on, whatever its hooks say: a test has no time for theirs.
PATIENCE = 2

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"


def hooks(group, transition):
    """Returns the names of a group's hooks for a transition."""
    known = group.autoscaling_backend.lifecycle_hooks.values()
    return {h.name for h in known if (h.auto_scaling_group_name, h.lifecycle_transition) == (group.name, transition)}


@mend
def hooks_come_and_go_with_their_group():
    """AWS makes the hooks that a request to create a group names, and deletes a group's hooks with it.

    moto does neither, and shows a role and a queue for every hook.
    """
    from moto.autoscaling.models import AutoScalingBackend as Backend, LifecycleHook
    from moto.autoscaling.responses import AutoScalingResponse as Response

    original = LifecycleHook.__init__

    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.role_arn = self.notification_target_arn = None

    create = Response.create_auto_scaling_group

    def create_auto_scaling_group(self):
        name, made = self._get_param("AutoScalingGroupName"), []
        for hook in self._get_param("LifecycleHookSpecificationList", []):
            self.autoscaling_backend.create_lifecycle_hook(
                hook["LifecycleHookName"],
                name,
                hook["LifecycleTransition"],
                hook.get("HeartbeatTimeout"),
                hook.get("DefaultResult"),
            )
            made.append(hook["LifecycleHookName"])
        try:
            return create(self)
        except Exception:
            for hook in made:
                self.autoscaling_backend.delete_lifecycle_hook(name, hook)
            raise

    delete = Backend.delete_auto_scaling_group

    def delete_auto_scaling_group(self, group_name):
        delete(self, group_name)
        for key in [key for key, hook in self.lifecycle_hooks.items() if hook.auto_scaling_group_name == group_name]:
            del self.lifecycle_hooks[key]

    LifecycleHook.__init__ = init
    Response.create_auto_scaling_group = create_auto_scaling_group
    Backend.delete_auto_scaling_group = delete_auto_scaling_group


@mend
def instances_wait_for_their_launch_hooks():
    """AWS keeps an instance back until the time of the group's launch hooks is up, unless it is told to go on sooner.

    Here the time is up soon, and the instance goes on, as with the default result CONTINUE.
    """
    from moto.autoscaling.models import FakeAutoScalingGroup as Group, InstanceState

    original = InstanceState.__init__

    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.torii_waits_for = hooks(self.auto_scaling_group, LAUNCHING)
        self.torii_until = time.monotonic() + PATIENCE

    def lifecycle_state(self):
        state, waits = self.torii_state, vars(self).get("torii_waits_for")
        if state == "InService" and waits and time.monotonic() < self.torii_until:
            return "Pending:Wait"
        return state

    def keep_lifecycle_state(self, state):
        self.torii_state = state

    def active_instances(self):
        return [state for state in self.instance_states if state.torii_state == "InService"]

    InstanceState.__init__ = init
    InstanceState.lifecycle_state = property(lifecycle_state, keep_lifecycle_state)
    Group.active_instances = active_instances
