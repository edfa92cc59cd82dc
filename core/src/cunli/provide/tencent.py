"""Codes by SMS through Tencent Cloud (腾讯云短信): SendSms of SMS 2021-01-11, signed with TC3-HMAC-SHA256.

https://cloud.tencent.com/document/api/382/52071
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from cunli.clock import now
from cunli.people.codes import Purpose, Why
from cunli.provide.calling import Answer, CallFailed, Way
from cunli.provide.section import Section, section, web_address
from cunli.provide.sms import Signed, Sms, Verdict
from cunli.settings import Settings

ALGORITHM: Final = "TC3-HMAC-SHA256"
CONTENT_TYPE: Final = "application/json; charset=utf-8"
_WHY: Final[tuple[tuple[str, Why], ...]] = (  # the first that the vendor's word begins with
    ("LimitExceeded.PhoneNumber", "throttled"),
    ("LimitExceeded.DeliveryFrequencyLimit", "throttled"),
    ("FailedOperation.PhoneNumberInBlacklist", "number"),
    ("InvalidParameterValue.IncorrectPhoneNumber", "number"),
    ("UnsupportedOperation", "number"),
    ("RequestLimitExceeded", "later"),
    ("InternalError.Timeout", "unsure"),
    ("InternalError", "unsure"),
    ("ResourceUnavailable", "later"),
)


class TencentSettings(Section):
    """`[plugin.tencent]`."""

    secret_id: str = Field(min_length=1, description="of a sub-user that may send SMS and nothing else")
    secret_key: SecretStr = Field(min_length=1, description="of the same sub-user")
    sdk_app_id: str = Field(min_length=1, description="短信应用 SdkAppId, such as 1400006666")
    sign_name: str = Field(min_length=1, description="短信签名, approved by Tencent Cloud")
    template_id: str = Field(min_length=1, description="短信正文模板 with one variable {1}")
    region: str = Field("ap-guangzhou", description="the region of the service")
    endpoint: str = Field("https://sms.tencentcloudapi.com", description="another region's address")


def sms(settings: Settings) -> Sms:
    """The sender `tencent`."""
    given = section(settings, "tencent", TencentSettings)
    endpoint = web_address(settings, "tencent", "endpoint", given.endpoint)
    return Sms(Tencent(given, endpoint), Way.to(endpoint))


class Tencent:
    """Signs and reads."""

    def __init__(self, given: TencentSettings, endpoint: str) -> None:
        self._given, self._endpoint = given, endpoint

    def signed(self, phone: str, code: str, purpose: Purpose) -> Signed:
        given, moment = self._given, int(now().timestamp())
        wanted = {
            "PhoneNumberSet": [phone],
            "SmsSdkAppId": given.sdk_app_id,
            "SignName": given.sign_name,
            "TemplateId": given.template_id,
            "TemplateParamSet": [code],
        }
        content, host = json.dumps(wanted).encode(), urlsplit(self._endpoint).netloc
        headers = {
            "content-type": CONTENT_TYPE,
            "host": host,
            "x-tc-action": "SendSms",
            "x-tc-version": "2021-01-11",
            "x-tc-region": given.region,
            "x-tc-timestamp": str(moment),
            "authorization": authorization(
                content, host, "sms", moment, given.secret_id, given.secret_key.get_secret_value()
            ),
        }
        return Signed(address=f"{self._endpoint}/", headers=headers, query={}, content=content)

    def verdict(self, answer: Answer) -> Verdict:
        code = _code(answer.mapping().get("Response"))
        if code == "Ok":
            return Verdict(why=None)
        return Verdict(why=next((why for begins, why in _WHY if code.startswith(begins)), "account"), code=code)


def _code(response: Any) -> str:
    """Of the whole request when it failed, else of its one message."""
    if isinstance(response, dict):
        for one in (response.get("Error"), *(response.get("SendStatusSet") or ())):
            if isinstance(one, dict) and one.get("Code"):
                return str(one["Code"])
    raise CallFailed("the answer has no Code", unsure=True)


def authorization(content: bytes, host: str, service: str, moment: int, secret_id: str, secret_key: str) -> str:
    """The header of that name for a POST of JSON to `/` at `moment` (Unix seconds)."""
    day = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
    names = "content-type;host"
    lines = f"content-type:{CONTENT_TYPE}\nhost:{host}\n"
    canonical = "\n".join(("POST", "/", "", lines, names, hashlib.sha256(content).hexdigest()))
    scope = f"{day}/{service}/tc3_request"
    text = f"{ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={names}, Signature={signature}"
