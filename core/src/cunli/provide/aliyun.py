"""Codes by SMS through Aliyun (阿里云短信服务): SendSms of Dysmsapi 2017-05-25, signed with ACS3-HMAC-SHA256.

https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Final
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr

from cunli.clock import now
from cunli.people.codes import Purpose, Why
from cunli.provide.calling import Answer, CallFailed, Way
from cunli.provide.section import Section, section, web_address
from cunli.provide.sms import Signed, Sms, Verdict
from cunli.settings import Settings

ALGORITHM: Final = "ACS3-HMAC-SHA256"
_WHY: Final[dict[str, Why]] = {
    "isv.BUSINESS_LIMIT_CONTROL": "throttled",
    "isv.DAY_LIMIT_CONTROL": "throttled",
    "isv.MOBILE_NUMBER_ILLEGAL": "number",
    "isv.MOBILE_COUNT_OVER_LIMIT": "number",
    "isv.BLACK_KEY_CONTROL_LIMIT": "number",
    "isp.RAM_PERMISSION_DENY": "account",
    "isp.SYSTEM_ERROR": "later",
    "isp.GATEWAY_ERROR": "later",
    "ServiceUnavailable": "later",
    "InternalError": "unsure",
}


class AliyunSettings(Section):
    """`[plugin.aliyun]`."""

    access_key_id: str = Field(min_length=1, description="of a RAM user that may send SMS and nothing else")
    access_key_secret: SecretStr = Field(min_length=1, description="of the same RAM user")
    sign_name: str = Field(min_length=1, description="短信签名, approved by Aliyun")
    template_code: str = Field(min_length=1, description="短信模板 with one variable, such as SMS_123456789")
    template_variable: str = Field("code", description="the name of that variable")
    endpoint: str = Field("https://dysmsapi.aliyuncs.com", description="another region's address")


def sms(settings: Settings) -> Sms:
    """The sender `aliyun`."""
    given = section(settings, "aliyun", AliyunSettings)
    endpoint = web_address(settings, "aliyun", "endpoint", given.endpoint)
    return Sms(Aliyun(given, endpoint), Way.to(endpoint))


class Aliyun:
    """Signs and reads."""

    def __init__(self, given: AliyunSettings, endpoint: str) -> None:
        self._given, self._endpoint = given, endpoint

    def signed(self, phone: str, code: str, purpose: Purpose) -> Signed:
        given = self._given
        query = {
            "PhoneNumbers": phone.removeprefix("+86").removeprefix("+"),
            "SignName": given.sign_name,
            "TemplateCode": given.template_code,
            "TemplateParam": json.dumps({given.template_variable: code}),
        }
        headers = {
            "host": urlsplit(self._endpoint).netloc,
            "x-acs-action": "SendSms",
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
            "x-acs-date": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": "2017-05-25",
        }
        headers["authorization"] = authorization(
            query, headers, given.access_key_id, given.access_key_secret.get_secret_value()
        )
        # the address carries the query as it was signed
        return Signed(address=f"{self._endpoint}/?{canonical_query(query)}", headers=headers, query={})

    def verdict(self, answer: Answer) -> Verdict:
        code = str(answer.mapping().get("Code", ""))
        if not code:
            raise CallFailed("the answer has no Code", unsure=True)
        if code == "OK":
            return Verdict(why=None)
        if code.startswith("Throttling"):  # of the whole account: nothing was sent
            return Verdict(why="later", code=code)
        return Verdict(why=_WHY.get(code, "account"), code=code)


def canonical_query(query: dict[str, str]) -> str:
    """Sorted and written as RFC 3986 asks, so that both sides see the same bytes."""
    return "&".join(f"{_spelt(key)}={_spelt(value)}" for key, value in sorted(query.items()))


def authorization(query: dict[str, str], headers: dict[str, str], key_id: str, key_secret: str) -> str:
    """The header of that name for an RPC call: POST to `/` without a body; `headers` are all that is signed, in lower case."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    canonical = "\n".join(("POST", "/", canonical_query(query), lines, names, headers["x-acs-content-sha256"]))
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"


def _spelt(text: str) -> str:
    return quote(text, safe="-_.~")
