"""WeChat Pay, API v3, Native: the buyer scans a code. Signing and decrypting are the library's, requests go the core's bounded way.

https://pay.weixin.qq.com/doc/v3/merchant/4012791858
"""

from __future__ import annotations

from cunli.settings import Settings

from .provider import WechatPay
from .settings import WechatPaySettings, given

__all__ = ["WechatPay", "WechatPaySettings", "wechatpay"]


def wechatpay(settings: Settings) -> WechatPay:
    """The payment provider `wechatpay`. Without every key of its section the site does not start."""
    return WechatPay(given(settings))
