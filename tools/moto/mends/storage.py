"""S3: who may reach what is in buckets."""

import json

from mends import mend


@mend
def requests_count_as_encrypted():
    """AWS compares what a bucket policy says of a condition with the request; moto takes it for unconditional.

    "Nobody without TLS" would shut a bucket for everybody. Whoever comes here comes without, and stands for somebody who
    comes to AWS with it, so what is said of requests without TLS concerns nobody.
    """
    from moto.iam.access_control import IAMPolicy, PermissionResult
    from moto.s3.models import FakeBucket

    def concerns_somebody(statement):
        wanted = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
        return wanted not in ("false", ["false"])

    def get_permission(self, action, resource):
        if self.policy is None:
            return PermissionResult.NEUTRAL
        statements = json.loads(self.policy)["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        rest = [each for each in statements if concerns_somebody(each)]
        return IAMPolicy(json.dumps({"Statement": rest})).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission
