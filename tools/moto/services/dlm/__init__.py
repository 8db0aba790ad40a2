"""Data Lifecycle Manager, which on AWS takes snapshots of volumes by a schedule. Here it only keeps policies."""

from .models import dlm_backends  # noqa: F401
