"""Application Auto Scaling."""

import json

from mends import mend


@mend
def scalable_targets_have_tags():
    """AWS keeps tags on the scalable targets of Application Auto Scaling; moto drops them and cannot list any."""
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Response

    original = Response.register_scalable_target

    def tags_of(response, arn):
        for targets in response.applicationautoscaling_backend.targets.values():
            for target in targets.values():
                if target.arn == arn:
                    return vars(target).setdefault("torii_tags", {})
        return {}

    def register_scalable_target(self):
        answer = original(self)
        tags_of(self, json.loads(answer)["ScalableTargetARN"]).update(self._get_param("Tags") or {})
        return answer

    def list_tags_for_resource(self):
        return json.dumps({"Tags": tags_of(self, self._get_param("ResourceARN"))})

    def tag_resource(self):
        tags_of(self, self._get_param("ResourceARN")).update(self._get_param("Tags") or {})
        return "{}"

    def untag_resource(self):
        tags = tags_of(self, self._get_param("ResourceARN"))
        for key in self._get_param("TagKeys") or []:
            tags.pop(key, None)
        return "{}"

    Response.register_scalable_target = register_scalable_target
    Response.list_tags_for_resource = list_tags_for_resource
    Response.tag_resource = tag_resource
    Response.untag_resource = untag_resource
