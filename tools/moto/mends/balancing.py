"""Elastic Load Balancing, version 2."""

from mends import mend


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
def targets_wait_for_a_listener():
    """AWS checks the health of targets once a listener sends requests to their group; until then they are unused.

    moto says healthy of every running instance.
    """
    from moto.elbv2.models import ELBv2Backend as Backend

    original = Backend.describe_target_health

    def describe_target_health(self, target_group_arn, targets):
        found = original(self, target_group_arn, targets)
        if not self._any_listener_using(target_group_arn):
            for target in found:
                target.status, target.reason = "unused", "Target.NotInUse"
                target.description = "Target group is not configured to receive traffic from the load balancer"
        return found

    Backend.describe_target_health = describe_target_health


@mend
def arns_name_the_kind_of_load_balancer():
    """AWS writes net into the ARN of a network load balancer, where moto writes app for every kind."""
    from moto.elbv2.models import ELBv2Backend as Backend

    original = Backend.create_load_balancer

    def create_load_balancer(self, *args, **kwargs):
        balancer = original(self, *args, **kwargs)
        if balancer.type == "network":
            app = balancer.arn
            balancer.arn = app.replace(":loadbalancer/app/", ":loadbalancer/net/")
            self.load_balancers[balancer.arn] = self.load_balancers.pop(app)
            tags = self.tagging_service.list_tags_for_resource(app)["Tags"]
            self.tagging_service.delete_all_tags_for_resource(app)
            self.tagging_service.tag_resource(balancer.arn, tags)
        return balancer

    Backend.create_load_balancer = create_load_balancer


@mend
def target_groups_follow_their_listeners():
    """AWS says of a target group which load balancers send requests to it now.

    moto notes them as a listener or rule is made, knows nothing of those changed since, and forgets none.
    """
    from moto.elbv2.models import ELBv2Backend as Backend

    original = Backend.describe_target_groups

    def users(backend, group):
        for balancer in backend.load_balancers.values():
            actions = [a for each in balancer.listeners.values() for rule in each.rules.values() for a in rule.actions]
            if any(group in backend._get_target_group_arns_from(action.data) for action in actions):
                yield balancer.arn

    def describe_target_groups(self, *args, **kwargs):
        for arn, group in self.target_groups.items():
            group.load_balancer_arns = list(users(self, arn))
        return original(self, *args, **kwargs)

    Backend.describe_target_groups = describe_target_groups
