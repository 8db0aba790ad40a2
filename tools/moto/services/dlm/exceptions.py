from moto.core.exceptions import ServiceException


class InvalidRequest(ServiceException):
    code = "InvalidRequestException"


class MissingParameters(InvalidRequest):
    def __init__(self, names):
        super().__init__(f"The following required parameter(s) are missing: {{{', '.join(names)}}}")
        self.required_parameters = list(names)


class PolicyNotFound(ServiceException):
    code = "ResourceNotFoundException"

    def __init__(self, identifier):
        super().__init__(f"The lifecycle policy {identifier} does not exist.")
        self.resource_type = "Policy"
        self.resource_ids = [identifier]
