"""JupyterHub's configuration. What differs from stack to stack comes from /run/torii/hub.json,
which torii_hub.prepare writes before each start."""

import json
import os
import sys

from torii_ec2 import machine
from torii_hub import authenticators, cloudwatch, spawners

hub = json.loads(machine.read("hub.json"))
settings, secrets = hub["settings"], hub["secrets"]
public_url = settings["publicUrl"].rstrip("/") + "/"
c = get_config()  # noqa: F821

# Browsers talk to the load balancer, which ends TLS; it talks to the proxy, and only the proxy
# to the hub. The proxy adds no X-Forwarded headers, so the load balancer's are the last ones,
# which are those that the hub believes.
c.JupyterHub.public_url = public_url
c.JupyterHub.base_url = "/"
c.JupyterHub.bind_url = "http://127.0.0.1:8000/"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:8081/"

# The proxy is a service of its own and servers are units of their own: both outlive the hub.
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8001"
c.ConfigurableHTTPProxy.auth_token = secrets["proxyToken"]
c.JupyterHub.cleanup_servers = False

# State is on the data volume, secrets are in Parameter Store.
c.JupyterHub.db_url = f"sqlite:///{machine.DATA}/hub/jupyterhub.sqlite"
c.JupyterHub.upgrade_db = True
c.JupyterHub.cookie_secret = bytes.fromhex(secrets["cookieSecret"])
c.CryptKeeper.keys = [bytes.fromhex(secrets["cryptKey"])]
c.JupyterHub.token_expires_in_max_seconds = 90 * 24 * 3600

# torii_hub.metrics may read JupyterHub's own numbers, in which nobody has a name, and no more.
c.JupyterHub.authenticate_prometheus = True
c.PeriodicMetricsCollector.active_users_update_interval = 300
c.JupyterHub.services = [{"name": "metrics", "api_token": secrets["metricsToken"]}]
c.JupyterHub.load_roles = [{"name": "metrics", "scopes": ["read:metrics"], "services": ["metrics"]}]

# Who may come in: JupyterHub lets in nobody who is not allowed here.
kind, everybody = settings["authenticator"], {*settings["users"], *settings["admins"]}
c.Authenticator.admin_users = set(settings["admins"])
c.Authenticator.allow_existing_users = False  # having been here once is no right to be here
if kind == "native" and not settings["users"]:
    c.Authenticator.allow_all = True  # that is, whoever an admin consented to
else:
    c.Authenticator.allowed_users = everybody

if kind == "native":
    c.JupyterHub.authenticator_class = authenticators.Native
    c.Native.first_passwords = secrets["firstPasswords"]
    c.NativeAuthenticator.open_signup = False
    c.NativeAuthenticator.minimum_password_length = 12
    c.NativeAuthenticator.check_common_password = True
    c.NativeAuthenticator.allowed_failed_logins = 5
    c.NativeAuthenticator.seconds_before_next_try = 600
elif kind == "github":
    c.JupyterHub.authenticator_class = authenticators.GitHub
elif kind == "oidc":
    c.JupyterHub.authenticator_class = authenticators.OIDC
    c.OIDC.authorize_url = hub["endpoints"]["authorization_endpoint"]
    c.OIDC.token_url = hub["endpoints"]["token_endpoint"]
    c.OIDC.userdata_url = hub["endpoints"]["userinfo_endpoint"]
    c.OIDC.username_claim = settings.get("usernameClaim") or "preferred_username"
    c.OIDC.scope = ["openid", "profile", "email"]
    c.OIDC.login_service = "single sign-on"
else:
    sys.exit(f"no such authenticator: {kind}")
if kind != "native":
    # Tokens of the provider are not kept: what is not there cannot leak.
    c.OAuthenticator.client_id = settings["clientId"]
    c.OAuthenticator.client_secret = hub["clientSecret"]
    c.OAuthenticator.oauth_callback_url = public_url + "hub/oauth_callback"

# Users' servers.
with_systemd = os.path.isdir("/run/systemd/system")
c.JupyterHub.spawner_class = spawners.SystemdServer if with_systemd else spawners.LocalServer
c.Spawner.cmd = ["/opt/torii/user/bin/jupyterhub-singleuser"]
c.Spawner.default_url = "/lab"
c.Spawner.env_keep = []  # nothing of the hub's own environment
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
c.Spawner.mem_limit = f"{settings['userMemoryMiB']}M" if settings["userMemoryMiB"] else None
c.Spawner.cpu_limit = settings["userCpus"] or None
c.SystemdSpawner.default_shell = "/bin/bash"
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.isolate_devices = True
c.SystemdSpawner.disable_user_sudo = True
c.SystemdSpawner.unit_extra_properties = {
    "RequiresMountsFor": machine.DATA,  # at shutdown, servers end before their homes go
}

# Over TCP, every other user of the machine could read what a kernel prints.
c.Spawner.args = ["--KernelManager.transport=ipc"]

# Idle kernels end by themselves, idle servers by a service that may do no more than that.
idle = settings["idleMinutes"] * 60
if idle:
    kernels = "--MappingKernelManager.cull_"
    c.Spawner.args += [f"{kernels}idle_timeout={idle}", f"{kernels}interval=60", f"{kernels}connected=True"]
    c.JupyterHub.services += [
        {
            "name": "idle-culler",
            "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={idle}", "--cull-every=60"],
        }
    ]
    c.JupyterHub.load_roles += [
        {
            "name": "idle-culler",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["idle-culler"],
        }
    ]

# Who did what, and the hub's own log, also to CloudWatch.
c.JupyterHub.extra_log_handlers = [cloudwatch.handler("hub")]
c.EventLogger.handlers = [cloudwatch.handler("events")]
