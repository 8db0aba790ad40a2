"""Lints IAM policies: reads {name: policy as text} from standard input, writes a list of findings as JSON.

Everything stays on this machine: parliament brings what it knows of AWS's actions with it.
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")  # of pkg_resources, which parliament uses, and which will go some day

import parliament  # noqa: E402


def findings(name, text):
    policy = parliament.analyze_policy_string(text, include_community_auditors=False)
    for found in policy.findings:
        found = parliament.enhance_finding(found)
        yield {
            "document": name,
            "issue": found.issue,
            "severity": found.severity,
            "detail": f"{found.title}: {found.detail}" if found.detail else found.title,
        }


json.dump([each for name, text in json.load(sys.stdin).items() for each in findings(name, text)], sys.stdout, default=str)
