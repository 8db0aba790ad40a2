"""Jupyter's configuration. Only Session Manager's agent on the same machine comes here."""

import pathlib

c = get_config()  # noqa: F821

c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = 8888
c.ServerApp.port_retries = 0  # rather not at all than where nobody looks
c.ServerApp.root_dir = "/home/jupyter"
c.ServerApp.open_browser = False

# The token of the parameter, or nothing.
c.IdentityProvider.token = pathlib.Path("/run/torii/token").read_text()
c.PasswordIdentityProvider.hashed_password = ""
c.PasswordIdentityProvider.allow_password_change = False
c.ServerApp.allow_unauthenticated_access = False

# Not by TCP, which other accounts of the machine could listen to.
c.KernelManager.transport = "ipc"

# The environment is root's; packages of the user's own are for pip.
c.LabApp.extension_manager = "readonly"


def note_saving(**_):
    """Leaves a trace for torii_notebook.idle."""
    pathlib.Path("/run/torii-notebook/saved").touch()


c.FileContentsManager.post_save_hook = note_saving
