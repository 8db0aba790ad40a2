"""Systems Manager: sessions, of which moto has none."""

import json
import uuid

from mends import mend

# The documents of AWS's own that start sessions.
DOCUMENTS = {
    "SSM-SessionManagerRunShell",
    "AWS-StartPortForwardingSession",
    "AWS-StartPortForwardingSessionToRemoteHost",
    "AWS-StartSSHSession",
}


@mend
def machines_have_sessions():
    """AWS opens a session to a machine whose agent is connected, and refuses one to any other.

    Here an agent is connected while its machine runs, but for the first time that somebody asks: one that was just
    started takes a while. A session leads nowhere, as there is no agent.
    """
    from moto.core.exceptions import JsonRESTError
    from moto.ec2.models import ec2_backends
    from moto.ssm.responses import SimpleSystemManagerResponse as Response

    def connected_agents(backend):
        return vars(backend).setdefault("torii_agents", set())

    def is_running(backend, target):
        instances = ec2_backends[backend.account_id][backend.region_name].all_instances()
        return any(instance.id == target and instance.is_running() for instance in instances)

    def get_connection_status(self):
        target = self._get_param("Target")
        agents = connected_agents(self.ssm_backend)
        connected = target in agents
        if is_running(self.ssm_backend, target):
            agents.add(target)
        else:
            agents.discard(target)
        return json.dumps({"Target": target, "Status": "connected" if connected and target in agents else "notconnected"})

    def start_session(self):
        backend, target = self.ssm_backend, self._get_param("Target")
        document = self._get_param("DocumentName") or "SSM-SessionManagerRunShell"
        if document not in DOCUMENTS and document not in backend._documents:
            raise JsonRESTError("InvalidDocument", f"Document with name {document} does not exist.")
        if not is_running(backend, target):
            raise JsonRESTError("TargetNotConnected", f"{target} is not connected.")
        session = f"{self.get_access_key() or 'nobody'}-{uuid.uuid4().hex[:17]}"
        return json.dumps(
            {
                "SessionId": session,
                "TokenValue": uuid.uuid4().hex,
                "StreamUrl": f"wss://ssmmessages.{backend.region_name}.amazonaws.com/v1/data-channel/{session}",
            }
        )

    def terminate_session(self):
        return json.dumps({"SessionId": self._get_param("SessionId")})

    Response.get_connection_status = get_connection_status
    Response.start_session = start_session
    Response.terminate_session = terminate_session
