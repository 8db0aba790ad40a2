"""How users' servers start: as systemd units with limits, or as plain processes without."""

from jupyterhub.spawner import LocalProcessSpawner
from systemdspawner import SystemdSpawner

from torii_hub import accounts


class OnVolume:
    """A server that runs as its user's account, in the home on the data volume."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.account = accounts.name(self.user.name)
        self.environment = {
            # Programs that `%pip install` brings come after ours, as its packages do.
            "PATH": f"/opt/torii/user/bin:{accounts.home(self.user.name)}/.local/bin:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            **self.environment,
        }

    async def start(self):
        accounts.ensure(self.user.name)
        return await super().start()


class SystemdServer(OnVolume, SystemdSpawner):
    """A unit of its own, which a restart of the hub does not touch."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.username_template = self.account
        self.unit_name = f"{self.account}-singleuser"
        # The unit's own folder: kernels have their sockets there, whose paths must stay short.
        self.environment["JUPYTER_RUNTIME_DIR"] = f"/run/{self.unit_name}"


class LocalServer(OnVolume, LocalProcessSpawner):
    """For machines without systemd; there are no limits then."""

    def make_preexec_fn(self, name):
        return super().make_preexec_fn(self.account)

    def user_env(self, env):
        env.update(USER=self.account, HOME=accounts.home(self.user.name), SHELL="/bin/bash")
        return env
