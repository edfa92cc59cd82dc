"""Refusals. Raised anywhere under a view, shown as a page that says what happened and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from cunli.web.i18n import LazyText, _

Text = str | LazyText


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """A link offered on an error page."""

    label: Text
    url: str


class Refused(Exception):
    """A request that is answered with an error page. Carries nothing that the reader may not see."""

    def __init__(
        self,
        status: int,
        title: Text,
        text: Text = "",
        *,
        ways: tuple[WayOut, ...] = (),
        retry_after: int = 0,
        incident: str = "",
    ) -> None:
        super().__init__(status)
        self.status = status
        self.title = title
        self.text = text
        self.ways = ways
        self.retry_after = retry_after
        self.incident = incident


class NotFound(Refused):
    """Missing, or hidden from this person: the two look the same on purpose."""

    def __init__(self) -> None:
        super().__init__(404, _("没有找到这一页"), _("可能是地址写错了，也可能是内容已经删掉，或者只给本村乡亲看。"))


class Forbidden(Refused):
    """Known, but not for this person. `text` says why and `ways` what to do."""

    def __init__(self, text: Text = "", *, title: Text = "", ways: tuple[WayOut, ...] = ()) -> None:
        super().__init__(403, title or _("这里你还不能用"), text or _("这一页只给有权限的人用。"), ways=ways)


class BadRequest(Refused):
    """The request makes no sense as it is."""

    def __init__(self, text: Text = "") -> None:
        super().__init__(400, _("没看懂你发来的内容"), text or _("请退回上一页，再试一次。"))


class TooMany(Refused):
    """Tried too often. `seconds` until the next try makes sense."""

    def __init__(self, seconds: int, text: Text = "") -> None:
        minutes = max(1, -(-seconds // 60))
        super().__init__(429, _("试得太勤了"), text or _("请等 %(n)s 分钟再试。", n=minutes), retry_after=seconds)


class TooLarge(Refused):
    """The body is larger than this page takes."""

    def __init__(self, limit: int) -> None:
        megabytes = max(1, limit // (1024 * 1024))
        super().__init__(
            413, _("发来的东西太大了"), _("这里一次最多收 %(n)s MB。照片可以少选几张，分几次发。", n=megabytes)
        )


class SessionEnded(Refused):
    """A form was sent without a session: nothing was done."""

    def __init__(self, sign_in_url: str) -> None:
        super().__init__(
            401,
            _("登录过期了"),
            _("重新登录后再发一次。写过的字已经替你存在草稿里。"),
            ways=(WayOut(label=_("去登录"), url=sign_in_url),),
        )


class Crossed(Refused):
    """A form that did not come from this site."""

    def __init__(self) -> None:
        super().__init__(
            403, _("这次提交不是从本站发出的"), _("为了安全没有处理。请从村里的页面重新打开，再提交一次。")
        )
