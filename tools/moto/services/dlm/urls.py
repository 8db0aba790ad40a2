from .responses import DLMResponse

url_bases = [r"https?://dlm\.(.+)\.amazonaws\.com"]

url_paths = {
    "{0}/policies$": DLMResponse.dispatch,
    "{0}/policies/(?P<policy_id>[^/]+)$": DLMResponse.dispatch,
    "{0}/tags/(?P<resource_arn>.+)$": DLMResponse.dispatch,
}
