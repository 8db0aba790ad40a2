"""What makes up for the differences between moto and AWS that our deployments meet, a file for each part of AWS.

To make up for one more, add a function marked @mend and say first what AWS does. Mends run once, before the server
listens; those of a file in its order, and a later file's may build on an earlier one's.
"""

MENDS = []


def mend(function):
    """Marks a function that makes up for one difference between moto and AWS."""
    MENDS.append(function)
    return function


from mends import ecs, network, balancing, scalable_targets  # noqa: E402, F401, I001
from mends import volumes, launch_templates, instances, groups, refreshes, scaling_policies  # noqa: E402, F401, I001
from mends import classic, certificates  # noqa: E402, F401, I001
from mends import audit, logs  # noqa: E402, F401, I001
from mends import sessions  # noqa: E402, F401, I001
from mends import interfaces, lifecycle  # noqa: E402, F401, I001
from mends import capacity  # noqa: E402, F401, I001
from mends import storage, trust_stores, client_certificates  # noqa: E402, F401, I001
from mends import budgets, queries  # noqa: E402, F401, I001
