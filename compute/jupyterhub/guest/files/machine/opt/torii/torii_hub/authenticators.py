"""Who may come in. The settings decide, and nothing that the hub's database remembers."""

from jupyterhub import roles
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.handlers import DiscardHandler, ToggleAuthorizationHandler
from nativeauthenticator.orm import UserInfo
from oauthenticator.generic import GenericOAuthenticator
from oauthenticator.github import GitHubOAuthenticator
from sqlalchemy.orm import object_session
from tornado import web
from traitlets import Dict


class BySettings:
    """Takes rights away again.

    JupyterHub keeps the admin flag, cookies and tokens of whoever once had them. So at each
    start, when add_user is called for everybody in the database, the flag and the role are
    set by the settings; and a cookie or token counts only while its user may still log in,
    which JupyterHub asks refresh_user at the first use after a start and every 5 minutes.
    """

    def add_user(self, user):
        user = getattr(user, "orm_user", user)
        user.admin = user.name in self.admin_users
        roles.assign_default_roles(object_session(user), user)
        return super().add_user(user)

    def may_stay(self, name):
        return self.allow_all or name in self.allowed_users

    async def refresh_user(self, user, handler=None, **kwargs):
        if not self.may_stay(user.name):
            return False
        return await super().refresh_user(user, handler, **kwargs)


def own_pages_only(handler):
    """A handler that acts on GET, as the original does, but on links of the hub's pages only.

    Otherwise a link in a mail would let its sender in when an admin follows it.
    """

    class Guarded(handler):
        async def get(self, name):
            if self.request.headers.get("Sec-Fetch-Site") != "same-origin":
                raise web.HTTPError(403, "Use the buttons on the page of accounts")
            await super().get(name)

    return Guarded


class Native(BySettings, NativeAuthenticator):
    """Accounts of the hub's own. Admins' are made here, everybody else signs up and waits for consent."""

    first_passwords = Dict(help="of admins whose account is to be made").tag(config=True)

    def add_user(self, user):
        # An account under an admin's name that nobody consented to is a stranger's.
        account = self.get_user(user.name)
        if user.name in self.admin_users and not (account and account.is_authorized):
            if account:
                self.db.delete(account)
                self.db.commit()
            super().create_user(user.name, self.first_passwords[user.name])
        return super().add_user(user)

    def create_user(self, username, password, **kwargs):
        name = self.normalize_username(username)
        if name in self.admin_users or not super().may_stay(name):
            return None
        return super().create_user(username, password, **kwargs)

    def get_authed_users(self):
        # The original adds the allowed users, so whoever signs up first under a listed name is in.
        consented = {account.username for account in UserInfo.all_users(self.db) if account.is_authorized}
        return consented | self.admin_users

    def may_stay(self, name):
        account = self.get_user(name)
        return super().may_stay(name) and account is not None and account.is_authorized

    def get_handlers(self, app):
        guarded = (ToggleAuthorizationHandler, DiscardHandler)
        return [
            (path, own_pages_only(handler) if handler in guarded else handler)
            for path, handler in super().get_handlers(app)
        ]


class GitHub(BySettings, GitHubOAuthenticator):
    """Accounts of GitHub."""

    login_service = "GitHub"


class OIDC(BySettings, GenericOAuthenticator):
    """Accounts of an OpenID Connect provider."""

    def user_info_to_username(self, user_info):
        # At some providers people may enter any address, and it stays unverified until they prove it.
        if self.username_claim == "email" and str(user_info.get("email_verified", True)).lower() == "false":
            raise web.HTTPError(403, "This e-mail address is not verified")
        return super().user_info_to_username(user_info)
