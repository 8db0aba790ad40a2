"""Elastic Load Balancing, version 2: listeners that ask for client certificates."""

from mends import mend
from mends.trust_stores import refuse, store_named


@mend
def listeners_ask_for_client_certificates():
    """AWS keeps whether an HTTPS listener asks clients for certificates, and says off of one that nobody told to.

    moto forgets it. What AWS refuses: to ask elsewhere than on HTTPS, to verify by no trust store or by one that does not
    exist, and to be told of a trust store when nobody is to be verified.
    """
    from moto.elbv2.models import FakeListener
    from moto.elbv2.responses import ELBV2Response

    create, modify = ELBV2Response.create_listener, ELBV2Response.modify_listener

    def check(backend, asked, protocol):
        mode, store = asked.get("Mode"), asked.get("TrustStoreArn")
        if protocol != "HTTPS":
            refuse("InvalidConfigurationRequest", f"Mutual authentication is not supported on {protocol} listeners")
        if mode not in ("off", "passthrough", "verify"):
            refuse("ValidationError", f"'{mode}' is not a mode of mutual authentication")
        if mode != "verify":
            if store or asked.get("IgnoreClientCertificateExpiry") is not None:
                refuse("ValidationError", f"A trust store cannot be specified in mode {mode}")
            return
        if not store:
            refuse("ValidationError", "A trust store must be specified in mode verify")
        store_named(backend, store)

    def keep(result, asked):
        listener = result.result["Listeners"][0]
        if asked:
            listener.torii_client_auth = asked
        return result

    def create_listener(self):
        asked = self._get_params().get("MutualAuthentication")
        if asked:
            check(self.elbv2_backend, asked, self._get_param("Protocol"))
        return keep(create(self), asked)

    def modify_listener(self):
        asked = self._get_params().get("MutualAuthentication")
        if asked:
            listener = self.elbv2_backend.describe_listeners(None, [self._get_param("ListenerArn")])[0]
            check(self.elbv2_backend, asked, self._get_param("Protocol") or listener.protocol)
        return keep(modify(self), asked)

    def mutual_authentication(listener):
        if listener.protocol != "HTTPS":
            return None
        asked = vars(listener).get("torii_client_auth") or {"Mode": "off"}
        if asked["Mode"] == "verify":
            return {"IgnoreClientCertificateExpiry": False, "TrustStoreAssociationStatus": "active", **asked}
        return asked

    FakeListener.mutual_authentication = property(mutual_authentication)
    ELBV2Response.create_listener, ELBV2Response.modify_listener = create_listener, modify_listener
