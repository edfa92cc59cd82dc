"""The catalogue of provider kinds. Pages of the reference, `cunli providers` and `cunli doctor` are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from cunli.media.storage import Storage
    from cunli.moderation import Moderation
    from cunli.notify.channels import Channel
    from cunli.people.codes import CodeSender
    from cunli.people.sign_in_ways import SignInWay
    from cunli.provide.holidays import Calendar
    from cunli.provide.maps import MapTiles
    from cunli.provide.metrics import Metrics
    from cunli.provide.payment import PaymentProvider

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderKind(Generic[T_co]):
    """One kind of provider. T_co is what a provider of it can do.

    `group` is the entry point group in which packages offer theirs; empty for a kind that is chosen by an address. `setting`
    names the provider, or several with `many`. `protocol` is where the interface stands, as `module:Name`. `boxed` are those
    that come with Cunli, each with a sentence; their factories stand as `module:name` in `factories`.
    """

    id: str
    setting: str
    group: str
    protocol: str
    boxed: Mapping[str, str]
    used: str
    many: bool = False
    one: str = ""  # what one of several is called in a mistake
    optional: bool = False  # the setting may be empty
    factories: Mapping[str, str] = field(default_factory=dict)


CODES: Final[ProviderKind[CodeSender]] = ProviderKind(
    id="codes",
    setting="code_sender",
    group="cunli.code_senders",
    protocol="cunli.people.codes:CodeSender",
    boxed={
        "console": "Prints codes where the server was started; development only.",
        "aliyun": "SMS through Aliyun (阿里云短信服务), set up in `[plugin.aliyun]`.",
        "tencent": "SMS through Tencent Cloud (腾讯云短信), set up in `[plugin.tencent]`.",
    },
    factories={
        "console": "cunli.people.codes:ConsoleSender",
        "aliyun": "cunli.provide.aliyun:sms",
        "tencent": "cunli.provide.tencent:sms",
    },
    used="Signing in and new passwords: SMS, or whatever reaches a phone.",
)
SIGN_IN: Final[ProviderKind[SignInWay]] = ProviderKind(
    id="sign_in",
    setting="sign_in",
    group="cunli.sign_in",
    protocol="cunli.people.sign_in_ways:SignInWay",
    boxed={"wechat": "微信: in WeChat's own browser, and by QR code on a desk; set up in `[plugin.wechat]`."},
    factories={"wechat": "cunli.provide.wechat:sign_in"},
    used="Signing in through a service. Whose account it is is proved once, by a code on the phone.",
    one="way of signing in",
    many=True,
)
CHANNELS: Final[ProviderKind[Channel]] = ProviderKind(
    id="channels",
    setting="channels",
    group="cunli.channels",
    protocol="cunli.notify.channels:Channel",
    boxed={
        "console": "Prints messages where the server was started; development only.",
        "wechat": "模板消息 of a 服务号 to whoever has bound WeChat; set up in `[plugin.wechat]`.",
        "email": "E-mail to officials who confirmed an address, by SMTP with TLS; set up in `[plugin.email]`.",
    },
    factories={
        "console": "cunli.notify.channels:ConsoleChannel",
        "email": "cunli.provide.email_channel:channel",
        "wechat": "cunli.provide.wechat_channel:channel",
    },
    used="Messages beyond the inbox: SMS, WeChat, e-mail, a loudspeaker.",
    one="channel",
    many=True,
)
STORAGE: Final[ProviderKind[Storage]] = ProviderKind(
    id="storage",
    setting="storage_url",
    group="",
    protocol="cunli.media.storage:Storage",
    boxed={"file": "A folder: file://var/media.", "s3": "A bucket of any S3-compatible service: s3://bucket/prefix."},
    used="The bytes of photos. Chosen by the address; further schemes are those of obstore, not of packages.",
)
PAYMENT: Final[ProviderKind[PaymentProvider]] = ProviderKind(
    id="payment",
    setting="payment",
    group="cunli.payments",
    protocol="cunli.provide.payment:PaymentProvider",
    boxed={"offline": "Cash and bank transfer: a person confirms that the money came, and who that was is kept."},
    factories={"offline": "cunli.provide.offline:Offline"},
    used="Plugins that take money.",
)
MAP_TILES: Final[ProviderKind[MapTiles]] = ProviderKind(
    id="map_tiles",
    setting="map_tiles",
    group="cunli.map_tiles",
    protocol="cunli.provide.maps:MapTiles",
    boxed={"none": "No map: pages give the address in words.", "template": "The address in `map_template`."},
    factories={"none": "cunli.provide.maps:NoMap", "template": "cunli.provide.maps:Template"},
    used="Pages with a map. Only the hosts of its tiles are let in by the content policy.",
)
HOLIDAYS: Final[ProviderKind[Calendar]] = ProviderKind(
    id="holidays",
    setting="holidays",
    group="cunli.holidays",
    protocol="cunli.provide.holidays:Calendar",
    boxed={
        "china": "Public holidays and make-up working days of mainland China, from `chinesecalendar`.",
        "weekends": "Saturdays and Sundays only; every answer is provisional.",
    },
    factories={"china": "cunli.provide.holidays:China", "weekends": "cunli.provide.holidays:Weekends"},
    used="Deadlines in working days.",
)
METRICS: Final[ProviderKind[Metrics]] = ProviderKind(
    id="metrics",
    setting="metrics",
    group="cunli.metrics",
    protocol="cunli.provide.metrics:Metrics",
    boxed={"core": "Verified people, reports answered, posts and likes of a village."},
    factories={"core": "cunli.provide.metrics:CoreMetrics"},
    used="Ratings of villages. Figures that the compliance profile does not allow are left out.",
    many=True,
)
MODERATION: Final[ProviderKind[Moderation]] = ProviderKind(
    id="moderation",
    setting="moderation",
    group="cunli.moderation",
    protocol="cunli.moderation:Moderation",
    boxed={"words": "A file of words, each with what to do about it: hold or refuse."},
    factories={"words": "cunli.moderation:Words"},
    used="What people are about to publish; plugins say theirs by `review_post`.",
    optional=True,
)
PROVIDER_KINDS: Final[tuple[ProviderKind[object], ...]] = (
    CODES,
    SIGN_IN,
    CHANNELS,
    STORAGE,
    PAYMENT,
    MAP_TILES,
    HOLIDAYS,
    METRICS,
    MODERATION,
)
