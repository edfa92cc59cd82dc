"""`[plugin.wechatpay]`: who the merchant is, and the keys on both sides."""

from __future__ import annotations

from pydantic import Field, SecretStr
from wechatpayv3.utils import load_private_key, load_public_key

from cunli.provide.section import Section, section, web_address
from cunli.settings import Settings, SettingsError


class WechatPaySettings(Section):
    """What WeChat Pay gives a merchant in its platform (商户平台 → API 安全). Keys are PEM; each secret may stand in a file of its own."""

    app_id: str = Field(min_length=1, description="AppID that is bound to the merchant, such as wx0123456789abcdef")
    merchant_id: str = Field(min_length=1, description="商户号, such as 1900000109")
    serial: str = Field(min_length=1, description="序列号 of the merchant's API certificate")
    private_key: SecretStr = Field(description="the merchant's private key, apiclient_key.pem")
    api_v3_key: SecretStr = Field(description="APIv3 密钥, 32 characters")
    public_key_id: str = Field(min_length=1, description="微信支付公钥 ID, begins with PUB_KEY_ID_")
    public_key: SecretStr = Field(description="微信支付公钥, pub_key.pem")
    api: str = Field("https://api.mch.weixin.qq.com", description="where the server asks")


def given(settings: Settings) -> WechatPaySettings:
    """The section, with keys that can be read. Says which one cannot, and never what it is."""
    found = section(settings, "wechatpay", WechatPaySettings)
    problems = []
    if len(found.api_v3_key.get_secret_value()) != 32:
        problems.append("[plugin.wechatpay] api_v3_key: has 32 characters")
    for name, load in (("private_key", load_private_key), ("public_key", load_public_key)):
        try:
            read = load(getattr(found, name).get_secret_value())  # it takes "" for no key, and says nothing
        except Exception:  # noqa: BLE001 the library raises this and nothing narrower
            read = None
        if read is None:
            problems.append(f"[plugin.wechatpay] {name}: is no PEM key")
    if problems:
        raise SettingsError(problems)
    api = web_address(settings, "wechatpay", "api", found.api)
    return found.model_copy(update={"api": api})
