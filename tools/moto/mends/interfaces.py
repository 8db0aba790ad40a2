"""EC2: network interfaces that instances take over from one another."""

from mends import mend


@mend
def an_interface_serves_one_instance():
    """AWS launches no instance with a network interface that another one has; the instance gets its groups."""
    from moto.ec2.exceptions import EC2ClientError, InvalidParameterCombination
    from moto.ec2.models import EC2Backend

    original = EC2Backend.run_instances

    def run_instances(self, *args, **kwargs):
        template = kwargs.get("launch_template")
        data = self._get_template_from_args(template).data if template else {}
        for spec in kwargs.get("nics") or data.get("NetworkInterfaces") or []:
            interface_id = spec.get("NetworkInterfaceId")
            if not interface_id:
                continue
            if kwargs.get("subnet_id"):
                raise InvalidParameterCombination(
                    "A network interface may not specify a network interface ID and a subnet"
                )
            if self.get_network_interface(interface_id).instance is not None:
                raise EC2ClientError("InvalidNetworkInterface.InUse", f"Interface: [{interface_id}] in use.")
        reservation = original(self, *args, **kwargs)
        for instance in reservation.instances:
            if not instance.security_groups and 0 in instance.nics:
                instance.security_groups = list(instance.nics[0].group_set)
        return reservation

    EC2Backend.run_instances = run_instances


@mend
def terminated_instances_give_interfaces_back():
    """AWS detaches what it does not delete when an instance terminates; moto leaves it attached for ever."""
    from moto.ec2.models.instances import Instance

    original = Instance.terminate

    def terminate(self):
        before = original(self)
        for interface in list(self.nics.values()):
            if not interface.delete_on_termination:
                # The instance goes on showing it, or moto could not describe a terminated instance.
                index = interface.device_index
                self.detach_eni(interface)
                self.nics[index] = interface
        return before

    Instance.terminate = terminate
