"""CloudWatch Logs: saved queries, of which moto has none."""

import json
import uuid

from mends import mend


@mend
def queries_are_saved():
    """AWS keeps queries of Logs Insights by an id, and refuses one that names a log group that is not there."""
    from moto.core.common_models import BaseModel
    from moto.core.utils import unix_time_millis
    from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
    from moto.logs.responses import LogsResponse as Response

    class QueryDefinition(BaseModel):
        def __init__(self, said):
            self.id = said.get("queryDefinitionId") or str(uuid.uuid4())
            self.said = {
                "queryDefinitionId": self.id,
                "name": said["name"],
                "queryString": said["queryString"],
                "logGroupNames": said.get("logGroupNames") or [],
                "lastModified": int(unix_time_millis()),
            }

    def saved(backend):
        return vars(backend).setdefault("torii_queries", {})

    def put_query_definition(self):
        backend = self.logs_backend
        said = {name: self._get_param(name) for name in ("queryDefinitionId", "name", "queryString", "logGroupNames")}
        if not said["name"] or not said["queryString"]:
            raise InvalidParameterException("name and queryString are required", "name", said["name"])
        if said["queryDefinitionId"] and said["queryDefinitionId"] not in saved(backend):
            raise ResourceNotFoundException("The specified query definition does not exist.")
        for group in said["logGroupNames"] or []:
            if group not in backend.groups:
                raise ResourceNotFoundException()
        query = QueryDefinition(said)
        saved(backend)[query.id] = query
        return json.dumps({"queryDefinitionId": query.id})

    def describe_query_definitions(self):
        prefix = self._get_param("queryDefinitionNamePrefix") or ""
        found = [query.said for query in saved(self.logs_backend).values() if query.said["name"].startswith(prefix)]
        return json.dumps({"queryDefinitions": sorted(found, key=lambda said: said["name"])})

    def delete_query_definition(self):
        gone = saved(self.logs_backend).pop(self._get_param("queryDefinitionId"), None)
        if gone is None:
            raise ResourceNotFoundException("The specified query definition does not exist.")
        return json.dumps({"success": True})

    Response.put_query_definition = put_query_definition
    Response.describe_query_definitions = describe_query_definitions
    Response.delete_query_definition = delete_query_definition
