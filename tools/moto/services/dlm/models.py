from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.common_models import BaseModel
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from .exceptions import InvalidRequest, MissingParameters, PolicyNotFound

# What AWS says of a policy's details that nobody chose.
DEFAULTS = {"PolicyType": "EBS_SNAPSHOT_MANAGEMENT", "ResourceLocations": ["CLOUD"], "PolicyLanguage": "STANDARD"}

# The details that each type of policy has to have.
REQUIRED = {
    "EBS_SNAPSHOT_MANAGEMENT": ["ResourceTypes", "TargetTags", "Schedules"],
    "IMAGE_MANAGEMENT": ["ResourceTypes", "TargetTags", "Schedules"],
    "EVENT_BASED_POLICY": ["EventSource", "Actions"],
}


class LifecyclePolicy(BaseModel):
    def __init__(self, backend, request):
        self.policy_id = f"policy-{mock_random.get_random_hex(17)}"
        self.policy_arn = (
            f"arn:{backend.partition}:dlm:{backend.region_name}:{backend.account_id}:policy/{self.policy_id}"
        )
        self.default_policy = False
        self.date_created = self.date_modified = utcnow()
        self.execution_role_arn = request["ExecutionRoleArn"]
        self.description = request["Description"]
        self.state = request["State"]
        self.policy_details = {**DEFAULTS, **request["PolicyDetails"]}
        self.tags = dict(request.get("Tags") or {})

    @property
    def status_message(self):
        return self.state

    @property
    def policy_type(self):
        return self.policy_details["PolicyType"]


def pairs(tags):
    return {(tag["Key"], tag["Value"]) for tag in tags or []}


def check_details(details):
    """Refuses details that AWS refuses beyond what the service's description says."""
    missing = [name for name in REQUIRED[details["PolicyType"]] if not details.get(name)]
    if missing:
        raise MissingParameters(missing)
    for schedule in details.get("Schedules") or []:
        missing = [name for name in ("CreateRule", "RetainRule") if not schedule.get(name)]
        if missing:
            raise MissingParameters(missing)
        create, retain = schedule["CreateRule"], schedule["RetainRule"]
        if ("CronExpression" in create) == ("Interval" in create):
            raise InvalidRequest("A create rule has either an Interval or a CronExpression.")
        if "Interval" in create and "IntervalUnit" not in create:
            raise MissingParameters(["IntervalUnit"])
        if "Interval" in create and create["Interval"] not in (1, 2, 3, 4, 6, 8, 12, 24):
            raise InvalidRequest("The Interval of a create rule is 1, 2, 3, 4, 6, 8, 12 or 24 hours.")
        if ("Count" in retain) == ("Interval" in retain):
            raise InvalidRequest("A retain rule has either a Count or an Interval.")


class DLMBackend(BaseBackend):
    def __init__(self, region_name, account_id):
        super().__init__(region_name, account_id)
        self.policies = {}

    def create_lifecycle_policy(self, request):
        if request.get("DefaultPolicy"):
            raise NotImplementedError("default policies")
        if not request.get("PolicyDetails"):
            raise MissingParameters(["PolicyDetails"])
        policy = LifecyclePolicy(self, request)
        check_details(policy.policy_details)
        self.refuse_tags_in_use(policy)
        self.policies[policy.policy_id] = policy
        return policy

    def get_lifecycle_policy(self, policy_id):
        if policy_id not in self.policies:
            raise PolicyNotFound(policy_id)
        return self.policies[policy_id]

    def get_lifecycle_policies(self, policy_ids, state, resource_types, target_tags, tags_to_add):
        found = [self.get_lifecycle_policy(each) for each in policy_ids] if policy_ids else list(self.policies.values())

        def has(policy):
            details = policy.policy_details
            added = [tag for schedule in details.get("Schedules") or [] for tag in schedule.get("TagsToAdd") or []]
            return (
                state in (None, policy.state)
                and set(resource_types or []) <= set(details.get("ResourceTypes") or [])
                and set(target_tags or []) <= {f"{k}={v}" for k, v in pairs(details.get("TargetTags"))}
                and set(tags_to_add or []) <= {f"{k}={v}" for k, v in pairs(added)}
            )

        return [policy for policy in found if has(policy)]

    def update_lifecycle_policy(self, request):
        policy = self.get_lifecycle_policy(request["PolicyId"])
        # What an update leaves out stays as it was, in the details too.
        details = {**policy.policy_details, **(request.get("PolicyDetails") or {})}
        for fixed in ("PolicyType", "ResourceTypes"):
            if details.get(fixed) != policy.policy_details.get(fixed):
                raise InvalidRequest(f"The {fixed} of a policy cannot be changed.")
        check_details(details)
        before, policy.policy_details = policy.policy_details, details
        try:
            self.refuse_tags_in_use(policy)
        except InvalidRequest:
            policy.policy_details = before
            raise
        policy.execution_role_arn = request.get("ExecutionRoleArn") or policy.execution_role_arn
        policy.description = request.get("Description") or policy.description
        policy.state = request.get("State") or policy.state
        policy.date_modified = utcnow()

    def delete_lifecycle_policy(self, policy_id):
        del self.policies[self.get_lifecycle_policy(policy_id).policy_id]

    def policy_of(self, arn):
        for policy in self.policies.values():
            if policy.policy_arn == arn:
                return policy
        raise PolicyNotFound(arn)

    def refuse_tags_in_use(self, policy):
        """AWS: "Target tags cannot be re-used across lifecycle policies." """
        wanted = pairs(policy.policy_details.get("TargetTags"))
        for other in self.policies.values():
            shared = wanted & pairs(other.policy_details.get("TargetTags"))
            if other is not policy and shared:
                tags = ", ".join(f"{key}={value}" for key, value in sorted(shared))
                raise InvalidRequest(f"The target tag(s) {tags} are already in use by {other.policy_id}.")


dlm_backends = BackendDict(DLMBackend, "dlm")
