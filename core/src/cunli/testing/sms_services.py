"""Aliyun's and Tencent Cloud's SMS services on this machine: they work out each signature anew, from the request as it came in."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from cunli.clock import now
from cunli.testing.outside import Asked, LocalService, Reply

KEY_ID: Final = "key-of-a-test"
KEY_SECRET: Final = "not a secret"
SKEW: Final = 15 * 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a service finds wrong with a request."""

    code: str
    status: int = 400


@dataclass
class SmsService(LocalService):
    """What both have in common. `refusing` is answered instead of sending, one by one; `arrived` is what reached phones."""

    refusing: list[str] = field(default_factory=list)
    arrived: list[tuple[str, str]] = field(default_factory=list)
    _nonces: set[str] = field(default_factory=set)

    def text(self) -> str:
        return "\n".join(f"{phone} {code}" for phone, code in self.arrived)


@dataclass
class AliyunService(SmsService):
    """Dysmsapi 2017-05-25."""

    def settings(self) -> dict[str, str]:
        """What stands in `[plugin.aliyun]`."""
        return {
            "access_key_id": KEY_ID,
            "access_key_secret": KEY_SECRET,
            "sign_name": "澜川村里",
            "template_code": "SMS_123456789",
            "endpoint": self.url,
        }

    def reply(self, asked: Asked) -> Reply:
        wrong = self._wrong(asked)
        if wrong is not None:
            return Reply.of({"Code": wrong.code, "Message": wrong.code, "RequestId": "R"}, status=wrong.status)
        if self.refusing:
            code = self.refusing.pop(0)
            status = 400 if code.startswith("Throttling") else 200
            return Reply.of({"Code": code, "Message": "触发", "RequestId": "R"}, status=status)
        given = asked.query
        self.arrived.append((given["PhoneNumbers"], json.loads(given["TemplateParam"])["code"]))
        return Reply.of({"Code": "OK", "Message": "OK", "BizId": "B", "RequestId": "R"})

    def _wrong(self, asked: Asked) -> Refusal | None:
        found = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})",
            asked.headers.get("authorization", ""),
        )
        if not found or asked.method != "POST":
            return Refusal("MissingAuthorization")
        if found[1] != KEY_ID:
            return Refusal("InvalidAccessKeyId.NotFound", 404)
        if found[3] != self._signature(asked, found[2]):
            return Refusal("SignatureDoesNotMatch")
        return self._stale(asked) or self._incomplete(asked)

    def _signature(self, asked: Asked, names: str) -> str:
        """As the documentation says it, step by step, with the query as it was written in the request."""
        path, _, written = asked.target.partition("?")
        pairs = sorted(tuple(part.split("=", 1)) for part in written.split("&"))
        parts = [asked.method, path, "&".join("=".join(pair) for pair in pairs)]
        parts += [*(f"{name}:{asked.headers[name]}" for name in names.split(";")), "", names]
        parts.append(hashlib.sha256(asked.body).hexdigest())
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return hmac.new(KEY_SECRET.encode(), f"ACS3-HMAC-SHA256\n{digest}".encode(), "sha256").hexdigest()

    def _stale(self, asked: Asked) -> Refusal | None:
        sent = datetime.strptime(asked.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs((now() - sent).total_seconds()) > SKEW:
            return Refusal("InvalidTimeStamp.Expired")
        nonce = asked.headers["x-acs-signature-nonce"]
        if nonce in self._nonces:
            return Refusal("SignatureNonceUsed")
        self._nonces.add(nonce)
        return None

    def _incomplete(self, asked: Asked) -> Refusal | None:
        given = asked.query
        wanted = {"x-acs-action": "SendSms", "x-acs-version": "2017-05-25"}
        if any(asked.headers.get(name) != value for name, value in wanted.items()):
            return Refusal("InvalidAction.NotFound", 404)
        if not re.fullmatch(r"1\d{10}|[2-9]\d{6,14}", given.get("PhoneNumbers", "")):
            return Refusal("isv.MOBILE_NUMBER_ILLEGAL", 200)
        if given.get("SignName") != "澜川村里" or given.get("TemplateCode") != "SMS_123456789":
            return Refusal("isv.SMS_TEMPLATE_ILLEGAL", 200)
        return None


@dataclass
class TencentService(SmsService):
    """SMS 2021-01-11."""

    def settings(self) -> dict[str, str]:
        """What stands in `[plugin.tencent]`."""
        return {
            "secret_id": KEY_ID,
            "secret_key": KEY_SECRET,
            "sdk_app_id": "1400006666",
            "sign_name": "澜川村里",
            "template_id": "1110",
            "endpoint": self.url,
        }

    def reply(self, asked: Asked) -> Reply:
        wrong = self._wrong(asked)
        if wrong:
            return self._error(wrong)
        if self.refusing:
            code = self.refusing.pop(0)
            whole = code.startswith(("RequestLimit", "Internal", "AuthFailure"))
            return self._error(code) if whole else self._status(code, asked.json())
        given = asked.json()
        self.arrived.append((given["PhoneNumberSet"][0], given["TemplateParamSet"][0]))
        return self._status("Ok", given)

    def _error(self, code: str) -> Reply:
        return Reply.of({"Response": {"Error": {"Code": code, "Message": code}, "RequestId": "R"}})

    def _status(self, code: str, given: dict[str, Any]) -> Reply:
        one = {"SerialNo": "S" if code == "Ok" else "", "PhoneNumber": given["PhoneNumberSet"][0], "Fee": 1}
        return Reply.of({"Response": {"SendStatusSet": [{**one, "Code": code, "Message": code}], "RequestId": "R"}})

    def _wrong(self, asked: Asked) -> str:
        found = re.fullmatch(
            r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request,"
            r" SignedHeaders=content-type;host, Signature=([0-9a-f]{64})",
            unquote(asked.headers.get("authorization", "")),
        )
        if not found or asked.method != "POST":
            return "AuthFailure.InvalidAuthorization"
        if found[1] != KEY_ID:
            return "AuthFailure.SecretIdNotFound"
        moment = int(asked.headers["x-tc-timestamp"])
        if abs(now().timestamp() - moment) > 300:
            return "AuthFailure.SignatureExpire"
        if found[3] != self._signature(asked, found[2], moment):
            return "AuthFailure.SignatureFailure"
        wanted = {"x-tc-action": "SendSms", "x-tc-version": "2021-01-11"}
        if any(asked.headers.get(name) != value for name, value in wanted.items()):
            return "InvalidAction"
        if not re.fullmatch(r"\+\d{8,15}", asked.json()["PhoneNumberSet"][0]):
            return "InvalidParameterValue.IncorrectPhoneNumber"
        return ""

    def _signature(self, asked: Asked, day: str, moment: int) -> str:
        request = (
            f"{asked.method}\n{asked.target}\n\ncontent-type:{asked.headers['content-type']}\n"
            f"host:{asked.headers['host']}\n\ncontent-type;host\n{hashlib.sha256(asked.body).hexdigest()}"
        )
        text = f"TC3-HMAC-SHA256\n{moment}\n{day}/sms/tc3_request\n{hashlib.sha256(request.encode()).hexdigest()}"
        dated = hmac.new(b"TC3" + KEY_SECRET.encode(), day.encode(), "sha256").digest()
        service = hmac.new(dated, b"sms", "sha256").digest()
        return hmac.new(hmac.new(service, b"tc3_request", "sha256").digest(), text.encode(), "sha256").hexdigest()
