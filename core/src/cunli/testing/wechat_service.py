"""WeChat on this machine, as far as signing in goes: accounts with secrets, codes that live five minutes and open once, errcodes with HTTP 200."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from cunli.clock import now
from cunli.testing.outside import Asked, LocalService, Reply

PHONE_APP: Final = "wx00000000000000aa"
DESK_APP: Final = "wx00000000000000bb"
APP_SECRET: Final = "not a secret"
IN_WECHAT: Final = "Mozilla/5.0 (Linux; Android 12; HarmonyOS) AppleWebKit/537.36 Mobile MicroMessenger/8.0.49 NetType/4G Language/zh_CN"
ON_A_DESK: Final = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"


@dataclass(slots=True)
class _Code:
    app: str
    who: str
    scope: str
    until: datetime
    used: bool = False


@dataclass
class WechatService(LocalService):
    """`refusing` holds errcodes that are answered instead, one by one. `bound`: both accounts belong to one open platform account."""

    refusing: list[int] = field(default_factory=list)
    bound: bool = True
    arrived: list[dict[str, Any]] = field(default_factory=list)
    fetched: list[bool] = field(default_factory=list)  # one for each token that was asked for: whether it was forced
    unsubscribed: set[str] = field(default_factory=set)
    stable: str = ""
    _codes: dict[str, _Code] = field(default_factory=dict)
    _tokens: dict[str, _Code] = field(default_factory=dict)

    def settings(self, *, desk: bool = True) -> dict[str, str]:
        """What stands in `[plugin.wechat]`."""
        given = {"app_id": PHONE_APP, "app_secret": APP_SECRET, "authorize": self.url, "api": self.url}
        given |= {"template_id": "T1"}
        return given | ({"website_app_id": DESK_APP, "website_app_secret": APP_SECRET} if desk else {})

    def agree(self, address: str, who: str) -> str:
        """What the person's browser is sent back to after they agreed on the page at `address`."""
        parts = urlsplit(address)
        given = {key: values[0] for key, values in parse_qs(parts.query).items()}
        assert parts.fragment == "wechat_redirect", "WeChat asks for #wechat_redirect"
        assert given["response_type"] == "code"
        assert given["state"].isalnum()
        assert len(given["state"]) <= 128
        wanted = {"/connect/oauth2/authorize": PHONE_APP, "/connect/qrconnect": DESK_APP}
        assert given["appid"] == wanted[parts.path]
        scopes = {PHONE_APP: ("snsapi_base", "snsapi_userinfo"), DESK_APP: ("snsapi_login",)}
        assert given["scope"] in scopes[given["appid"]]
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(given["appid"], who, given["scope"], now() + timedelta(minutes=5))
        return f"{given['redirect_uri']}?{urlencode({'code': code, 'state': given['state']})}"

    def deny(self, address: str) -> str:
        """The same after they said no: without a code."""
        given = parse_qs(urlsplit(address).query)
        return f"{given['redirect_uri'][0]}?{urlencode({'state': given['state'][0]})}"

    def reply(self, asked: Asked) -> Reply:
        found = self._found(asked)
        return Reply.of(found, content_type="text/plain")

    def _found(self, asked: Asked) -> dict[str, Any]:
        if self.refusing:
            return self._error(self.refusing.pop(0))
        if asked.method == "POST":
            return self._message(asked)
        if asked.path == "/sns/oauth2/access_token":
            return self._token(asked.query)
        if asked.path == "/sns/userinfo":
            return self._info(asked.query)
        return self._error(48001)

    def _message(self, asked: Asked) -> dict[str, Any]:
        given = asked.json()
        if asked.path == "/cgi-bin/stable_token":
            if (given["appid"], given["secret"]) != (PHONE_APP, APP_SECRET):
                return self._error(40125)
            self.fetched.append(given["force_refresh"])
            if given["force_refresh"] or not self.stable:
                self.stable = secrets.token_urlsafe(24)
            return {"access_token": self.stable, "expires_in": 7200}
        if asked.path != "/cgi-bin/message/template/send":
            return self._error(43002)
        if asked.query.get("access_token") != self.stable:
            return self._error(40001)
        if given["touser"] in self.unsubscribed:
            return self._error(43004)
        if given["template_id"] != "T1" or any(
            len(one["value"]) > 20 for key, one in given["data"].items() if key[:5] == "thing"
        ):
            return self._error(47003)
        if given["client_msg_id"] not in {one["client_msg_id"] for one in self.arrived}:
            self.arrived.append(given)
        return {"errcode": 0, "errmsg": "ok", "msgid": len(self.arrived)}

    @staticmethod
    def _error(code: int) -> dict[str, Any]:
        return {"errcode": code, "errmsg": f"errcode {code}, rid: 0"}

    def _token(self, given: dict[str, str]) -> dict[str, Any]:
        if given.get("appid") not in (PHONE_APP, DESK_APP):
            return self._error(40013)
        if given.get("secret") != APP_SECRET:
            return self._error(40125)
        if given.get("grant_type") != "authorization_code":
            return self._error(40002)
        code = self._codes.get(given.get("code", ""))
        if code is None or code.app != given["appid"] or code.until < now():
            return self._error(40029)
        if code.used:
            return self._error(40163)
        code.used = True
        token = secrets.token_urlsafe(24)
        self._tokens[token] = code
        found = {"access_token": token, "expires_in": 7200, "refresh_token": "r", "openid": self._openid(code)}
        found |= {"scope": code.scope}
        if self.bound and code.scope == "snsapi_login":
            found["unionid"] = f"union-{code.who}"
        return found

    def _info(self, given: dict[str, str]) -> dict[str, Any]:
        code = self._tokens.get(given.get("access_token", ""))
        if code is None:
            return self._error(40001)
        if given.get("openid") != self._openid(code):
            return self._error(40003)
        if code.scope == "snsapi_base":
            return self._error(48001)
        found = {"openid": given["openid"], "nickname": "<b>春秀</b>", "sex": 0, "headimgurl": "", "privilege": []}
        return found | ({"unionid": f"union-{code.who}"} if self.bound else {})

    @staticmethod
    def _openid(code: _Code) -> str:
        return f"o-{code.app[-2:]}-{code.who}"
