"""EC2: VPCs and what is in them."""

import inspect

from mends import mend


@mend
def instances_take_their_interfaces_along():
    """AWS deletes the network interfaces it made for an instance when that terminates, unless told otherwise."""
    from moto.ec2.models.instances import Instance

    original = Instance.prep_nics

    def prep_nics(self, nic_spec, *args, **kwargs):
        brought = {spec.get("NetworkInterfaceId") for spec in nic_spec}
        kept = {int(spec["DeviceIndex"]) for spec in nic_spec if spec.get("DeleteOnTermination") is False}
        original(self, nic_spec, *args, **kwargs)
        for index, interface in self.nics.items():
            if interface.id not in brought and index not in kept:
                interface.delete_on_termination = True

    Instance.prep_nics = prep_nics


@mend
def vpcs_take_their_default_network_acl_along():
    """AWS deletes a VPC's default network ACL together with the VPC."""
    from moto.ec2.models import EC2Backend

    original = EC2Backend.delete_vpc

    def delete_vpc(self, vpc_id):
        vpc = original(self, vpc_id)
        for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id]:
            del self.network_acls[acl.id]
        return vpc

    EC2Backend.delete_vpc = delete_vpc


@mend
def deleted_vpc_endpoints_are_forgotten():
    """AWS forgets a VPC endpoint soon after its deletion; moto shows it as deleted for ever, and clients wait."""
    from moto.ec2.models import EC2Backend

    original = EC2Backend.delete_vpc_endpoints

    def delete_vpc_endpoints(self, vpce_ids=None):
        original(self, vpce_ids)
        for vpce_id in vpce_ids or []:
            self.vpc_end_points.pop(vpce_id, None)

    EC2Backend.delete_vpc_endpoints = delete_vpc_endpoints


@mend
def every_security_group_rule_keeps_its_description():
    """AWS keeps a rule's description whatever its other end is; moto does for address ranges only."""
    from moto.ec2.models.security_groups import SecurityGroupRule as Rule

    original = Rule.__init__

    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        given = inspect.signature(original).bind(self, *args, **kwargs).arguments
        self.torii_description = (given.get("prefix_list_id") or {}).get("Description")

    def description(self):
        for end in (self.ip_range, self.source_group):
            if end.get("Description"):
                return end["Description"]
        return self.torii_description

    Rule.__init__ = init
    Rule.description = property(description)


@mend
def subnets_show_their_ipv6_ranges():
    """AWS finds subnets by the association of an IPv6 range, and says of one that it is associated.

    moto does not know that filter, and wraps the state twice.
    """
    from moto.ec2.models.subnets import Subnet

    original = Subnet.get_filter_value

    def get_filter_value(self, filter_name, method_name=None):
        keys = {
            "ipv6-cidr-block-association.association-id": "associationId",
            "ipv6-cidr-block-association.ipv6-cidr-block": "ipv6CidrBlock",
        }
        if filter_name in keys:
            return [each[keys[filter_name]] for each in self.ipv6_cidr_block_associations.values()]
        return original(self, filter_name, method_name)

    associations = Subnet.ipv6_cidr_block_association_set.fget

    def ipv6_cidr_block_association_set(self):
        shown = associations(self)
        for each in shown:
            each["ipv6CidrBlockState"] = {"state": each["ipv6CidrBlockState"]["state"]["State"]}
        return shown

    Subnet.get_filter_value = get_filter_value
    Subnet.ipv6_cidr_block_association_set = property(ipv6_cidr_block_association_set)


@mend
def nat_gateways_take_their_interfaces_along():
    """AWS deletes a NAT gateway's network interface together with the gateway."""
    from moto.ec2.models import EC2Backend

    original = EC2Backend.delete_nat_gateway

    def delete_nat_gateway(self, nat_gateway_id):
        gateway = original(self, nat_gateway_id)
        self.enis.pop(gateway._eni.id, None)
        return gateway

    EC2Backend.delete_nat_gateway = delete_nat_gateway
