"""Messages by WeChat: 模板消息 of a 服务号 to people who have bound their WeChat. What a locked screen may show, and a link to the rest.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html
https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cunli.clock import now
from cunli.notify.queries import Message
from cunli.people import identities
from cunli.provide.calling import Breaker, CallFailed, Way
from cunli.provide.section import section, web_address
from cunli.provide.wechat import WechatSettings
from cunli.settings import Settings, SettingsError
from cunli.web.i18n import _
from cunli.web.times import exact

SPARE: Final = 300  # seconds before its end at which a token is not used any more
LONGEST: Final = 20  # characters of a `thing`
STALE: Final = frozenset({40001, 40014, 42001})
UNREACHABLE: Final = frozenset({43004, 43101, 40003, 40037})


class NotCarried(Exception):
    """WeChat did not take the message; it is tried again later. Says the errcode and nothing of the message."""


def channel(settings: Settings) -> WechatChannel:
    """The channel `wechat`."""
    given = section(settings, "wechat", WechatSettings)
    secret = given.app_secret.get_secret_value()
    if not given.app_id or not secret or not given.template_id:
        raise SettingsError(["[plugin.wechat] app_id, app_secret and template_id: messages need all three"])
    api = web_address(settings, "wechat", "api", given.api)
    return WechatChannel(given, api, settings.base_url.rstrip("/"), Token(given.app_id, secret, api))


@dataclass(slots=True)
class Token:
    """The account's access token. Every process asks for its own and is given the same one: that is what the stable token is for."""

    app_id: str
    secret: str
    api: str
    clock: Callable[[], float] = time.monotonic
    _token: str = ""
    _until: float = 0.0

    async def get(self, way: Way) -> str:
        """A token that is good for some minutes still."""
        if not self._token or self.clock() >= self._until:
            await self._fetch(way, force=False)
        return self._token

    async def renewed(self, way: Way, refused: str) -> str:
        """Another token after this one was refused: the one that others have, or else a new one."""
        if self._token == refused:
            await self._fetch(way, force=False)
            if self._token == refused:
                await self._fetch(way, force=True)
        return self._token

    async def _fetch(self, way: Way, *, force: bool) -> None:
        wanted: dict[str, Any] = {
            "grant_type": "client_credential",
            "appid": self.app_id,
            "secret": self.secret,
            "force_refresh": force,
        }
        found = await _posted(way, f"{self.api}/cgi-bin/stable_token", wanted)
        if not found.get("access_token"):
            raise NotCarried(f"no token ({found.get('errcode')})")
        self._token = str(found["access_token"])
        self._until = self.clock() + max(60, int(found.get("expires_in", 0)) - SPARE)


class WechatChannel:
    """Reaches whoever has bound WeChat; passes over everybody else."""

    disturbs = True

    def __init__(self, given: WechatSettings, api: str, site: str, token: Token) -> None:
        self._given, self._api, self._site, self._token = given, api, site, token
        self._way, self._breaker = Way.to(api), Breaker()

    async def send(self, message: Message) -> None:
        openid = await identities.address_of(message.person_id, "wechat")
        if openid is None:
            return
        try:
            self._breaker.admit()
            errcode = await self._carried(openid, message)
        except CallFailed as exc:
            self._breaker.failed()
            raise NotCarried(str(exc)) from None
        self._breaker.worked()
        if errcode and errcode not in UNREACHABLE:  # who left the account or said no is not asked again
            raise NotCarried(f"WeChat refuses the message ({errcode})")

    async def try_out(self, to: str) -> None:
        """One message to this openid, for `cunli providers try channels`. Raises `NotCarried` whatever WeChat says against it."""
        text = str(_("这是一条试发的消息"))
        trial = Message(
            id=0, person_id=0, kind="", text=text, quote="", icon="", url="", created_at=now(), read=False, brief=text
        )
        try:
            errcode = await self._carried(to, trial)
        except CallFailed as exc:
            raise NotCarried(str(exc)) from None
        if errcode:
            raise NotCarried(f"WeChat refuses the message ({errcode})")

    async def _carried(self, openid: str, message: Message) -> int:
        token = await self._token.get(self._way)
        errcode = await self._posted(token, openid, message)
        if errcode in STALE:
            errcode = await self._posted(await self._token.renewed(self._way, token), openid, message)
        return errcode

    async def _posted(self, token: str, openid: str, message: Message) -> int:
        given = self._given
        data = {
            given.template_what: {"value": message.brief[:LONGEST]},
            given.template_when: {"value": exact(message.created_at)},
        }
        wanted = {
            "touser": openid,
            "template_id": given.template_id,
            "url": f"{self._site}/inbox",
            "client_msg_id": f"cunli-{message.id}",  # the same message twice within ten minutes arrives once
            "data": data,
        }
        address = f"{self._api}/cgi-bin/message/template/send?access_token={token}"
        return int((await _posted(self._way, address, wanted)).get("errcode", 0))


async def _posted(way: Way, address: str, wanted: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps(wanted, ensure_ascii=False).encode()
    answer = await way.ask("POST", address, headers={"content-type": "application/json"}, content=body)
    if answer.status != 200:
        raise CallFailed(f"WeChat has trouble (HTTP {answer.status})", unsure=True)
    return answer.mapping()
