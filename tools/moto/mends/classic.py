"""Elastic Load Balancing, version 1: classic load balancers."""

from mends import mend

# The policy that AWS gives an HTTPS listener for which nobody chose one.
DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"


def uses_tls(listener):
    return listener.protocol in ("HTTPS", "SSL")


@mend
def listeners_have_a_protocol_on_both_sides():
    """AWS keeps how a listener speaks to instances apart from how it speaks to clients; moto says they are the same.

    A new listener that speaks TLS also has AWS's default policy, which allows old versions; with moto it has none.
    """
    from moto.elb.models import ELBBackend as Backend
    from moto.elb.models import FakeListener as Listener

    create, add = Backend.create_load_balancer, Backend.create_load_balancer_listeners

    def complete(balancer, ports):
        asked = {int(port["LoadBalancerPort"]): port for port in ports}
        for listener in balancer.listeners:
            port = asked.get(int(listener.load_balancer_port))
            if port and "torii_inside" not in vars(listener):
                listener.torii_inside = (port.get("InstanceProtocol") or listener.protocol).upper()
                if uses_tls(listener):
                    listener.policy_names = [DEFAULT_POLICY]
        return balancer

    def create_load_balancer(self, name, zones, ports, *args, **kwargs):
        return complete(create(self, name, zones, ports, *args, **kwargs), ports)

    def create_load_balancer_listeners(self, name, ports):
        return complete(add(self, name, ports), ports)

    Listener.instance_protocol = property(lambda listener: listener.torii_inside)
    Backend.create_load_balancer = create_load_balancer
    Backend.create_load_balancer_listeners = create_load_balancer_listeners


@mend
def certificates_of_listeners_exist():
    """AWS refuses a listener whose certificate is not there; moto looks for it in ACM only."""
    from moto.elb.exceptions import ELBClientError
    from moto.elb.models import ELBBackend as Backend
    from moto.iam.models import iam_backends

    create, add = Backend.create_load_balancer, Backend.create_load_balancer_listeners

    def look(backend, ports):
        for arn in (port.get("SSLCertificateId") for port in ports):
            iam = iam_backends[backend.account_id]["aws"]
            if arn and ":iam:" in arn and not iam.get_certificate_by_arn(arn):
                raise ELBClientError("CertificateNotFound", f"Server Certificate not found for the key: {arn}")

    def create_load_balancer(self, name, zones, ports, *args, **kwargs):
        look(self, ports)
        return create(self, name, zones, ports, *args, **kwargs)

    def create_load_balancer_listeners(self, name, ports):
        look(self, ports)
        return add(self, name, ports)

    Backend.create_load_balancer = create_load_balancer
    Backend.create_load_balancer_listeners = create_load_balancer_listeners


@mend
def only_the_listeners_named_are_deleted():
    """AWS deletes the listeners of the ports named. Of two ports, moto deletes neither and keeps the others twice."""
    from moto.elb.models import ELBBackend as Backend

    def delete_load_balancer_listeners(self, name, ports):
        balancer = self.get_load_balancer(name)
        balancer.listeners = [each for each in balancer.listeners if int(each.load_balancer_port) not in ports]
        return balancer

    Backend.delete_load_balancer_listeners = delete_load_balancer_listeners


@mend
def policies_belong_to_listeners_that_exist():
    """AWS refuses to set the policies of a listener that is not there, and to delete one that a listener uses."""
    from moto.elb.exceptions import ELBClientError
    from moto.elb.models import ELBBackend as Backend
    from moto.elb.responses import ELBResponse

    respond, delete = ELBResponse.set_load_balancer_policies_of_listener, Backend.delete_load_balancer_policy

    def set_load_balancer_policies_of_listener(self):
        name, port = self._get_param("LoadBalancerName"), int(self._get_param("LoadBalancerPort"))
        balancer = self.elb_backend.describe_load_balancers([name])[0]
        if all(int(each.load_balancer_port) != port for each in balancer.listeners):
            raise ELBClientError("ListenerNotFound", f"There is no listener with port {port} on {name}")
        return respond(self)

    def delete_load_balancer_policy(self, lb_name, policy_name):
        if any(policy_name in each.policy_names for each in self.get_load_balancer(lb_name).listeners):
            message = f"You cannot delete policy {policy_name} because it is enabled on a listener"
            raise ELBClientError("InvalidConfigurationRequest", message)
        delete(self, lb_name, policy_name)

    ELBResponse.set_load_balancer_policies_of_listener = set_load_balancer_policies_of_listener
    Backend.delete_load_balancer_policy = delete_load_balancer_policy


@mend
def ports_of_instances_have_policies():
    """AWS keeps the policies of each port of the instances that a listener leads to.

    It refuses policies that are not there, ports that no listener leads to, and to delete a policy that a port uses. moto
    knows the ports only that the load balancer was made with, and goes on knowing them.
    """
    from moto.core.responses import EmptyResult
    from moto.elb.exceptions import ELBClientError
    from moto.elb.models import ELBBackend as Backend
    from moto.elb.models import FakeBackend, LoadBalancer
    from moto.elb.responses import ELBResponse

    delete = Backend.delete_load_balancer_policy

    def backends(balancer):
        kept = {int(each.instance_port): each for each in vars(balancer).get("torii_ports", [])}
        ports = sorted({int(listener.instance_port) for listener in balancer.listeners})
        balancer.torii_ports = [kept.get(port) or FakeBackend(instance_port=port) for port in ports]
        return balancer.torii_ports

    def set_load_balancer_policies_for_backend_server(self):
        name, port = self._get_param("LoadBalancerName"), self._get_int_param("InstancePort")
        wanted = self._get_param("PolicyNames", [])
        balancer = self.elb_backend.describe_load_balancers([name])[0]
        missing = set(wanted) - {each.policy_name for each in balancer.policies}
        if missing:
            raise ELBClientError("PolicyNotFound", f"There is no policy with name {missing.pop()} for load balancer {name}")
        if all(int(each.instance_port) != port for each in balancer.backends):
            raise ELBClientError("InvalidConfigurationRequest", f"There is no listener of {name} with instance port {port}")
        self.elb_backend.set_load_balancer_policies_for_backend_server(name, port, wanted)
        return EmptyResult()

    def delete_load_balancer_policy(self, lb_name, policy_name):
        if any(policy_name in each.policy_names for each in self.get_load_balancer(lb_name).backends):
            message = f"You cannot delete policy {policy_name} because it is enabled on a backend server"
            raise ELBClientError("InvalidConfigurationRequest", message)
        delete(self, lb_name, policy_name)

    # moto's own list is written to as a load balancer is made, and read nowhere else.
    LoadBalancer.backends = property(backends, lambda balancer, ports: None)
    ELBResponse.set_load_balancer_policies_for_backend_server = set_load_balancer_policies_for_backend_server
    Backend.delete_load_balancer_policy = delete_load_balancer_policy


@mend
def attributes_change_one_by_one():
    """AWS leaves alone what a request does not name.

    moto sets the time of draining back to its default when only draining itself is switched, and says anew with each
    change how requests are sanitised.
    """
    from moto.elb.models import ELBBackend as Backend
    from moto.elb.models import LoadBalancer

    original, defaults = Backend.modify_load_balancer_attributes, LoadBalancer.get_default_attributes

    def get_default_attributes():
        found = defaults()
        found["connection_draining"]["timeout"] = 300
        found["additional_attributes"] = [("elb.http.desyncmitigationmode", "defensive")]
        return found

    def modify_load_balancer_attributes(self, load_balancer_name, **changes):
        attributes = self.get_load_balancer(load_balancer_name).attributes
        if changes.get("connection_draining"):
            changes["connection_draining"] = {**attributes["connection_draining"], **changes["connection_draining"]}
        before = list(attributes["additional_attributes"])
        original(self, load_balancer_name, **changes)
        named = [(each["Key"], each["Value"]) for each in changes.get("additional_attributes") or []]
        attributes["additional_attributes"] = list({**dict(before), **dict(named)}.items())

    LoadBalancer.get_default_attributes = staticmethod(get_default_attributes)
    Backend.modify_load_balancer_attributes = modify_load_balancer_attributes


@mend
def classic_names_belong_to_their_region():
    """AWS's name of a load balancer has its region in it and stands in a hosted zone of AWS's.

    moto says us-east-1 everywhere, and no zone, without which no alias can point at the name.
    """
    from moto.elb.models import ELBBackend as Backend
    from moto.elb.models import LoadBalancer

    original = Backend.create_load_balancer

    def create_load_balancer(self, name, *args, **kwargs):
        balancer = original(self, name, *args, **kwargs)
        balancer.dns_name = f"{name}-1.{self.region_name}.elb.amazonaws.com"
        return balancer

    LoadBalancer.canonical_hosted_zone_name_id = "Z2P70J7EXAMPLE"  # as moto says of the newer kinds
    Backend.create_load_balancer = create_load_balancer
