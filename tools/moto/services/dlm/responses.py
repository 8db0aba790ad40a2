from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import get_service_model

from services.constraints import broken, missing

from .exceptions import InvalidRequest, MissingParameters
from .models import dlm_backends


class DLMResponse(BaseResponse):
    def __init__(self):
        super().__init__(service_name="dlm")
        self.automated_parameter_parsing = True

    @property
    def backend(self):
        return dlm_backends[self.current_account][self.region]

    def checked(self):
        """Returns the request, once it is what the service's description asks for."""
        shape = get_service_model("dlm").operation_model(self._get_action()).input_shape
        # A list that the address does not have comes as an empty one.
        request = {name: value for name, value in self._get_params().items() if value != []}
        absent = list(missing(shape, request))
        if absent:
            raise MissingParameters(absent)
        wrong = list(broken(shape, request))
        if wrong:
            count = f"{len(wrong)} validation error{'s' if len(wrong) > 1 else ''} detected"
            raise InvalidRequest(f"{count}: {'; '.join(wrong)}")
        return request

    def create_lifecycle_policy(self):
        return ActionResult({"PolicyId": self.backend.create_lifecycle_policy(self.checked()).policy_id})

    def get_lifecycle_policy(self):
        return ActionResult({"Policy": self.backend.get_lifecycle_policy(self.checked()["PolicyId"])})

    def get_lifecycle_policies(self):
        request = self.checked()
        names = {
            "policy_ids": "PolicyIds",
            "state": "State",
            "resource_types": "ResourceTypes",
            "target_tags": "TargetTags",
            "tags_to_add": "TagsToAdd",
        }
        wanted = {ours: request.get(theirs) for ours, theirs in names.items()}
        return ActionResult({"Policies": self.backend.get_lifecycle_policies(**wanted)})

    def update_lifecycle_policy(self):
        self.backend.update_lifecycle_policy(self.checked())
        return EmptyResult()

    def delete_lifecycle_policy(self):
        self.backend.delete_lifecycle_policy(self.checked()["PolicyId"])
        return EmptyResult()

    def list_tags_for_resource(self):
        return ActionResult({"Tags": self.backend.policy_of(self.checked()["ResourceArn"]).tags})

    def tag_resource(self):
        request = self.checked()
        self.backend.policy_of(request["ResourceArn"]).tags.update(request["Tags"])
        return EmptyResult()

    def untag_resource(self):
        request = self.checked()
        tags = self.backend.policy_of(request["ResourceArn"]).tags
        for key in request["TagKeys"]:
            tags.pop(key, None)
        return EmptyResult()
