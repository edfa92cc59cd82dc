"""What is signed and encrypted between merchant and WeChat: the library does the work, this says when it is to be believed."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from wechatpayv3.utils import aes_decrypt, build_authorization, load_private_key, load_public_key, rsa_verify

from .settings import WechatPaySettings

FRESH: Final = 300  # seconds: older notices are replays; the library itself takes one of any age
SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"


class NotSigned(Exception):
    """It does not come from WeChat, or not now, or not for this merchant."""


class Keys:
    """The keys of one merchant."""

    def __init__(self, given: WechatPaySettings) -> None:
        self.given = given
        self._private = load_private_key(given.private_key.get_secret_value())
        self._public = load_public_key(given.public_key.get_secret_value())

    def headers(self, method: str, path: str, body: str) -> dict[str, str]:
        """The headers of a request."""
        one = self.given
        signed = build_authorization(path, method, one.merchant_id, one.serial, self._private, data=body)
        return {
            "authorization": str(signed),
            "accept": "application/json",
            "content-type": "application/json",
            "wechatpay-serial": one.public_key_id,
        }

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises `NotSigned` unless WeChat signed this body within the last minutes."""
        stamp = headers.get("wechatpay-timestamp", "")
        if not stamp.isascii() or not stamp.isdigit() or abs(time.time() - int(stamp[:12])) > FRESH:
            raise NotSigned("timestamp")
        if headers.get("wechatpay-signature-type", SCHEME) != SCHEME:
            raise NotSigned("scheme")
        if headers.get("wechatpay-serial") != self.given.public_key_id:
            raise NotSigned("serial")
        signature, nonce = headers.get("wechatpay-signature", ""), headers.get("wechatpay-nonce", "")
        try:
            right = rsa_verify(stamp, nonce, body.decode("utf-8"), signature, self._public)
        except (UnicodeDecodeError, ValueError):
            right = False
        if not signature or not right:
            raise NotSigned("signature")

    def opened(self, body: bytes) -> tuple[str, dict[str, Any]]:
        """The kind and the content of a notice whose signature was checked."""
        try:
            said = json.loads(body)
            resource = said["resource"]
            key = self.given.api_v3_key.get_secret_value()
            if resource["algorithm"] != "AEAD_AES_256_GCM":
                raise NotSigned("algorithm")
            more = resource.get("associated_data") or ""
            clear = aes_decrypt(resource["nonce"], resource["ciphertext"], more, key)
            content = json.loads(clear) if clear else None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise NotSigned("content") from None
        if not isinstance(content, dict):
            raise NotSigned("content")
        return str(said.get("event_type", "")), content
