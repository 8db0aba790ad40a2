"""Services that moto lacks, written the way moto's own are: a folder for each, with models, responses and urls.

moto finds a service in two places: its package, as moto.<name>, and its list of host names. Ours join both, so that
their requests arrive by the service in the signature, a reset clears them, and existing.py sees what they hold.

To add one, add a folder like dlm, named as botocore names the service.
"""

import importlib
import re
from pathlib import Path

import moto
from moto.backend_index import backend_url_patterns

FOLDER = Path(__file__).parent


def add_to_moto():
    """Makes each folder here a part of moto; call it before the first request."""
    moto.__path__.append(str(FOLDER))
    for urls in sorted(FOLDER.glob("*/urls.py")):
        name = urls.parent.name
        bases = importlib.import_module(f"moto.{name}.urls").url_bases
        backend_url_patterns.extend((name, re.compile(base)) for base in bases)
