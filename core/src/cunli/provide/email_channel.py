"""The channel `email`: for officials who confirmed an address, the kinds of messages they chose."""

from __future__ import annotations

from cunli.notify import mail
from cunli.notify.queries import Message
from cunli.provide.email import Letter, NoSuchBox, PostOffice, post_office
from cunli.settings import Settings
from cunli.web.i18n import _


def channel(settings: Settings) -> EmailChannel:
    """The channel `email`."""
    return EmailChannel(post_office(settings), settings.base_url.rstrip("/"))


class EmailChannel:
    """Reaches officials whose address is confirmed; passes over everybody else."""

    disturbs = False

    def __init__(self, office: PostOffice, site: str) -> None:
        self.office, self._site = office, site

    async def send(self, message: Message) -> None:
        to = await mail.address_for(message.person_id, message.kind)
        if to is None:
            return
        link = f"{self._site}/inbox"
        letter = Letter(
            to=to,
            subject=message.nameless,
            text=f"{message.nameless}\n\n{_('点开看：')}{link}\n\n{_('不想收了，在“我的 · 邮箱”里改。')}\n",
            id=f"cunli-{message.id}-{message.person_id}",
        )
        try:
            await self.office.deliver(letter)
        except NoSuchBox:
            await mail.note_refused(message.person_id)  # trying again would not help; the person is told in the inbox

    async def try_out(self, to: str) -> None:
        """One letter to this address, for `cunli providers try channels`."""
        text = _("这是一封试发的信。收到了，就是邮件通了。")
        await self.office.deliver(Letter(to=to, subject=str(text), text=f"{text}\n", id=f"cunli-try-{abs(hash(to))}"))

    async def confirm(self, to: str, code: str) -> None:
        """The code that shows whose address it is."""
        subject = _("邮箱验证码 %(code)s", code=code)
        text = _(
            "有人在村里平台填了这个邮箱。是你的话，在“我的 · 邮箱”里填 %(code)s，半小时内有效。不是你的话，不用理它。",
            code=code,
        )
        await self.office.deliver(Letter(to=to, subject=str(subject), text=f"{text}\n", id=f"cunli-code-{code}"))
