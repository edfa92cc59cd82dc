"""Signing in with WeChat: 网页授权 inside WeChat's own browser, 网站应用 (a QR code) on a desk. Both are OAuth 2 as WeChat documents it.

https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html

WeChat answers mistakes with HTTP 200, text/plain and an `errcode`: a client that looks at the status alone takes them for a token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlencode

from pydantic import Field, SecretStr

from cunli.people.sign_in_ways import Subject, Trouble, WayFailed
from cunli.provide.calling import Breaker, CallFailed, Way, persistently
from cunli.provide.section import Section, section, web_address
from cunli.settings import Settings, SettingsError
from cunli.web.i18n import LazyText, _

BUSY: Final = -1
_WHY: Final[dict[int, Trouble]] = {
    40029: "again",  # the code is none, or older than five minutes
    40163: "again",  # the code was used
    41008: "again",  # no code
    42003: "again",  # the code expired
    42001: "again",  # the token expired
    40001: "again",
    BUSY: "later",
    45011: "often",
    45009: "often",
}


class WechatSettings(Section):
    """`[plugin.wechat]`. The 公众号 (a 服务号) is for phones; the 网站应用 of the open platform is for desks."""

    app_id: str = Field("", description="AppID of the 服务号, such as wx0123456789abcdef")
    app_secret: SecretStr = Field(SecretStr(""), description="AppSecret of the 服务号")
    website_app_id: str = Field(
        "", description="AppID of the 网站应用 on open.weixin.qq.com; empty: no sign-in by QR code"
    )
    website_app_secret: SecretStr = Field(SecretStr(""), description="AppSecret of the 网站应用")
    template_id: str = Field("", description="of the 模板消息 by which messages are sent; for the channel `wechat`")
    template_what: str = Field("thing1", description="the template's keyword for what it is about, of the kind thing")
    template_when: str = Field("time2", description="the template's keyword for when, of the kind time")
    authorize: str = Field("https://open.weixin.qq.com", description="where browsers are sent")
    api: str = Field("https://api.weixin.qq.com", description="where the server asks")


@dataclass(frozen=True, slots=True, kw_only=True)
class _App:
    """One of the two accounts. `path` and `scope` are how WeChat asks its user."""

    id: str
    secret: str
    path: str
    scope: str


def sign_in(settings: Settings) -> WechatSignIn:
    """The way `wechat`."""
    given = section(settings, "wechat", WechatSettings)
    phone = _app(given.app_id, given.app_secret, "app", "/connect/oauth2/authorize", "snsapi_base")
    desk = _app(given.website_app_id, given.website_app_secret, "website_app", "/connect/qrconnect", "snsapi_login")
    if phone is None and desk is None:
        raise SettingsError(["[plugin.wechat] app_id: is missing (AppID of the 服务号, such as wx0123456789abcdef)"])
    if phone is not None and desk is not None:  # only then both give the unionid, by which they know the same person
        phone = _App(id=phone.id, secret=phone.secret, path=phone.path, scope="snsapi_userinfo")
    authorize = web_address(settings, "wechat", "authorize", given.authorize)
    return WechatSignIn(phone, desk, authorize, web_address(settings, "wechat", "api", given.api))


def _app(id_: str, secret: SecretStr, name: str, path: str, scope: str) -> _App | None:
    if not id_ and not secret.get_secret_value():
        return None
    if not id_ or not secret.get_secret_value():
        raise SettingsError([f"[plugin.wechat] {name}_id and {name}_secret go together: one of them is missing"])
    return _App(id=id_, secret=secret.get_secret_value(), path=path, scope=scope)


class WechatSignIn:
    """People come back as their unionid where both accounts are in use, else as their openid."""

    def __init__(self, phone: _App | None, desk: _App | None, authorize: str, api: str) -> None:
        self._phone, self._desk, self._authorize, self._api = phone, desk, authorize, api
        self._way, self._breaker = Way.to(api), Breaker()

    def name(self) -> LazyText:
        return _("微信")

    def fits(self, user_agent: str) -> Literal["best", "works", "no"]:
        if "MicroMessenger" in user_agent:
            return "best" if self._phone is not None else "no"
        return "works" if self._desk is not None and "Mobile" not in user_agent else "no"

    def begin(self, *, state: str, back_url: str, user_agent: str) -> str:
        app = self._app(user_agent)
        query = urlencode(  # in this order: WeChat's own page is particular about it
            {
                "appid": app.id,
                "redirect_uri": back_url,
                "response_type": "code",
                "scope": app.scope,
                "state": state,
            }
        )
        return f"{self._authorize}{app.path}?{query}#wechat_redirect"

    async def finish(self, query: Mapping[str, str], *, user_agent: str) -> Subject:
        code = query.get("code", "")
        if not code or len(code) > 128 or not code.isascii():
            raise WayFailed("no code came back", why="denied")
        app = self._app(user_agent)
        try:
            self._breaker.admit()
            token = await self._asked(
                "/sns/oauth2/access_token",
                {"appid": app.id, "secret": app.secret, "code": code, "grant_type": "authorization_code"},
            )
            found = token if app.scope == "snsapi_base" or token.get("unionid") else await self._info(token)
        except CallFailed as exc:
            self._breaker.failed()
            raise WayFailed(str(exc), why="later") from None
        self._breaker.worked()
        return self._subject(app, found, token)

    async def _info(self, token: Mapping[str, Any]) -> dict[str, Any]:
        """The unionid, which some answers lack. Name and picture come too, and are not kept."""
        query = {"access_token": str(token.get("access_token", "")), "openid": str(token.get("openid", ""))}
        return await self._asked("/sns/userinfo", {**query, "lang": "zh_CN"})

    async def _asked(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """Asked again once: a code is taken once, so that a repeat does no harm."""
        return await persistently(lambda: self._once(path, query), again=bool)

    async def _once(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        answer = await self._way.ask("GET", self._api + path, query=query)
        if answer.status != 200:
            raise CallFailed(f"WeChat has trouble (HTTP {answer.status})", unsure=True)
        found = answer.mapping()
        errcode = found.get("errcode", 0)
        if errcode == BUSY:
            raise CallFailed("WeChat is busy (-1)")
        if errcode:
            raise WayFailed(f"WeChat refuses ({errcode})", why=_WHY.get(errcode, "account"))
        return found

    def _subject(self, app: _App, found: Mapping[str, Any], token: Mapping[str, Any]) -> Subject:
        openid, unionid = str(token.get("openid") or ""), str(found.get("unionid") or "")
        if not openid or len(openid) > 64 or len(unionid) > 64:
            raise WayFailed("the answer names nobody", why="later")
        if self._phone is None or self._desk is None:
            return Subject(id=f"{app.id}:{openid}", address=openid if app is self._phone else "")
        if not unionid:
            raise WayFailed("no unionid: bind 服务号 and 网站应用 to one account of open.weixin.qq.com", why="account")
        return Subject(id=f"union:{unionid}", address=openid if app is self._phone else "")

    def _app(self, user_agent: str) -> _App:
        app = self._phone if "MicroMessenger" in user_agent else self._desk
        if app is None:
            raise WayFailed("this browser cannot go this way", why="denied")
        return app
