"""CloudTrail and EventBridge: who did what, and telling of it."""

import json
import re

from mends import mend


@mend
def trails_are_known_by_their_arns_too():
    """AWS takes the ARN of a trail wherever it takes the name.

    moto takes it to look at a trail; to start or stop one it fails, and to delete one it does nothing.
    """
    from moto.cloudtrail.models import CloudTrailBackend

    def by_name(original):
        return lambda self, name: original(self, self.get_trail(name).trail_name)

    for action in ("start_logging", "stop_logging", "delete_trail"):
        setattr(CloudTrailBackend, action, by_name(getattr(CloudTrailBackend, action)))


@mend
def events_reach_topics():
    """AWS publishes an event that a rule matches to the rule's topics, worded as the target's input transformer says.

    moto has no such targets. A field that the event lacks is left out of the words.
    """
    from jsonpath_ng import parse

    from moto.events.models import Rule
    from moto.sns import sns_backends

    original = Rule.send_to_targets

    def words(target, event):
        transformer = target.get("InputTransformer")
        if not transformer:
            return json.dumps(event)

        def value(field):
            found = parse(transformer["InputPathsMap"][field.group(1)]).find(event)
            return str(found[0].value) if found else ""

        return re.sub(r"<([\w-]+)>", value, transformer["InputTemplate"])

    def send_to_targets(self, event, *args, **kwargs):
        topics = [target for target in self.targets if target["Arn"].split(":")[2] == "sns"]
        if self.event_pattern.matches_event(event):
            for target in topics:
                backend = sns_backends[self.account_id][self.region_name]
                backend.publish(words(target, event), arn=target["Arn"])
        everything = self.targets
        self.targets = [target for target in everything if target not in topics]
        try:
            original(self, event, *args, **kwargs)
        finally:
            self.targets = everything

    Rule.send_to_targets = send_to_targets
