"""WeChat Pay on this machine, for tests: checks the merchant's signature, signs its answers, encrypts its notices as documented."""

from __future__ import annotations

import json
import re
import secrets
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from cunli.testing.outside import Asked, LocalService, Reply

APP: Final = "wx00000000000000cc"
MERCHANT: Final = "1900000109"
SERIAL: Final = "444F4864EA9B34415"
PUBLIC_ID: Final = "PUB_KEY_ID_0119000001092026"
V3_KEY: Final = "0123456789abcdef0123456789abcdef"
SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
_KEYS: Final = {name: rsa.generate_private_key(public_exponent=65537, key_size=2048) for name in ("merchant", "wechat")}


def private_pem(name: str = "merchant") -> str:
    return _KEYS[name].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(name: str = "wechat") -> str:
    return _KEYS[name].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass
class Gateway(LocalService):
    """`transactions` and `refunds` are its books, by the merchant's numbers."""

    transactions: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    signs_with: str = "wechat"

    def settings(self) -> dict[str, str]:
        """What stands in `[plugin.wechatpay]`."""
        return {
            "app_id": APP,
            "merchant_id": MERCHANT,
            "serial": SERIAL,
            "private_key": private_pem(),
            "api_v3_key": V3_KEY,
            "public_key_id": PUBLIC_ID,
            "public_key": public_pem(),
            "api": self.url,
        }

    def pay(self, key: str, *, fen: int | None = None) -> None:
        """Somebody scans the code and pays."""
        one = self.transactions[key]
        assert one["trade_state"] == "NOTPAY", one["trade_state"]
        one["trade_state"] = "SUCCESS"
        one["transaction_id"] = f"42000{secrets.randbelow(10**12)}"
        one["success_time"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        if fen is not None:
            one["amount"] = {**one["amount"], "total": fen}

    def given_back(self, key: str) -> int:
        return sum(one["amount"]["refund"] for one in self.refunds.values() if one["out_trade_no"] == key)

    def notice(self, key: str, *, age: int = 0, by: str = "wechat", **changed: Any) -> tuple[dict[str, str], bytes]:
        """What it posts when a payment is through; `changed` are fields that somebody falsified, `by` who signs, `age` in seconds."""
        content = json.dumps({**self.transactions[key], **changed}).encode()
        nonce, more = secrets.token_hex(6), "transaction"
        sealed = AESGCM(V3_KEY.encode()).encrypt(nonce.encode(), content, more.encode())
        body = json.dumps(
            {
                "id": secrets.token_hex(16),
                "event_type": "TRANSACTION.SUCCESS",
                "resource_type": "encrypt-resource",
                "resource": {
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": b64encode(sealed).decode(),
                    "associated_data": more,
                    "nonce": nonce,
                },
            }
        ).encode()
        return self._signed(body, by=by, age=age), body

    def _signed(self, body: bytes, *, by: str = "", age: int = 0) -> dict[str, str]:
        stamp, nonce = str(int(time.time()) - age), secrets.token_hex(16)
        said = f"{stamp}\n{nonce}\n{body.decode()}\n".encode()
        signature = _KEYS[by or self.signs_with].sign(said, PKCS1v15(), SHA256())
        return {
            "wechatpay-timestamp": stamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": PUBLIC_ID,
            "wechatpay-signature-type": SCHEME,
            "wechatpay-signature": b64encode(signature).decode(),
        }

    def reply(self, asked: Asked) -> Reply:
        if not _genuine(asked):
            return self._say(401, {"code": "SIGN_ERROR"})
        if asked.path == "/v3/pay/transactions/native":
            return self._create(asked.json())
        if asked.path == "/v3/refund/domestic/refunds":
            return self._refund(asked.json())
        parts = asked.path.split("/")
        if asked.path.startswith("/v3/refund/domestic/refunds/"):
            return self._found(self.refunds, parts[-1], "RESOURCE_NOT_EXISTS")
        if asked.path.endswith("/close"):
            return self._close(parts[-2])
        return self._found(self.transactions, parts[-1], "ORDER_NOT_EXIST")

    def _say(self, status: int, value: dict[str, Any]) -> Reply:
        body = json.dumps(value, ensure_ascii=False).encode()
        return Reply(status=status, body=body, headers=self._signed(body))

    def _found(self, books: dict[str, dict[str, Any]], key: str, code: str) -> Reply:
        return self._say(200, books[key]) if key in books else self._say(404, {"code": code})

    def _create(self, said: dict[str, Any]) -> Reply:
        key, there = said["out_trade_no"], self.transactions.get(said["out_trade_no"])
        assert said["notify_url"]
        if there is not None and (there["trade_state"] != "NOTPAY" or there["amount"] != said["amount"]):
            return self._say(400, {"code": "INVALID_REQUEST"})
        kept = {name: said[name] for name in ("appid", "mchid", "out_trade_no", "amount")}
        self.transactions[key] = {**kept, "trade_state": "NOTPAY"}
        return self._say(200, {"code_url": f"weixin://wxpay/bizpayurl?pr={key}"})

    def _close(self, key: str) -> Reply:
        one = self.transactions.get(key)
        if one is None:
            return self._say(404, {"code": "ORDER_NOT_EXIST"})
        if one["trade_state"] == "SUCCESS":
            return self._say(400, {"code": "ORDERPAID"})
        one["trade_state"] = "CLOSED"
        return Reply(status=204)

    def _refund(self, said: dict[str, Any]) -> Reply:
        key, number, amount = said["out_trade_no"], said["out_refund_no"], said["amount"]
        there = self.refunds.get(number)
        if there is not None:
            same = (there["out_trade_no"], there["amount"]["refund"]) == (key, amount["refund"])
            return self._say(200, there) if same else self._say(400, {"code": "INVALID_REQUEST"})
        one = self.transactions[key]
        if self.given_back(key) + amount["refund"] > one["amount"]["total"]:
            return self._say(400, {"code": "INVALID_REQUEST"})
        self.refunds[number] = {"out_trade_no": key, "out_refund_no": number, "amount": amount, "status": "SUCCESS"}
        return self._say(200, self.refunds[number])


def _genuine(asked: Asked) -> bool:
    """Whether the merchant signed this request."""
    given = dict(re.findall(r'(\w+)="([^"]*)"', asked.headers.get("authorization", "")))
    said = (
        f"{asked.method}\n{asked.target}\n{given.get('timestamp')}\n{given.get('nonce_str')}\n{asked.body.decode()}\n"
    )
    try:
        key = _KEYS["merchant"].public_key()
        key.verify(b64decode(given.get("signature", "")), said.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return (given.get("mchid"), given.get("serial_no")) == (MERCHANT, SERIAL)
