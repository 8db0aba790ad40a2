"""CloudWatch Logs: what log groups are encrypted with."""

from mends import mend


@mend
def log_groups_change_keys():
    """AWS gives a log group another key, or takes its key away, while it stands. moto knows a key at creation only."""
    from moto.logs.exceptions import ResourceNotFoundException
    from moto.logs.responses import LogsResponse

    def encrypt(response, key):
        group = response.logs_backend.groups.get(response._get_param("logGroupName"))
        if group is None:
            raise ResourceNotFoundException()
        group.kms_key_id = key
        return ""

    LogsResponse.associate_kms_key = lambda self: encrypt(self, self._get_param("kmsKeyId"))
    LogsResponse.disassociate_kms_key = lambda self: encrypt(self, None)
