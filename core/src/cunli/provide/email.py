"""E-mail through the county's own mail server, by SMTP: `channels = ["email"]`, set up in `[plugin.email]`.

What leaves is a sentence without names and a link: mail lies on servers of others. Always encrypted, except to this machine.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import format_datetime
from typing import Final, Literal

import aiosmtplib
from pydantic import Field, SecretStr

from cunli import db
from cunli.clock import now
from cunli.provide.calling import Breaker, CallFailed
from cunli.provide.section import Section, section
from cunli.settings import Settings, SettingsError

SECONDS: Final = 8.0  # for one letter, from the connection to the last answer
LONGEST: Final = 254
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


class EmailSettings(Section):
    """`[plugin.email]`."""

    host: str = Field(description="the mail server")
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(description="the address that letters come from")
    sender_name: str = "村里"
    ca_file: str = ""


class NotCarried(Exception):
    """The server did not take the letter; it is tried again later. Names neither address nor words."""


class NoSuchBox(Exception):
    """The server says for good that this address takes no letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter. `id` makes a second one with the same words the same letter."""

    to: str
    subject: str
    text: str
    id: str


def parse_address(text: str) -> str | None:
    """An address as it is stored; None for what is none. Nothing that could end a line of a header gets through."""
    text = text.strip()
    if len(text) > LONGEST or not _ADDRESS.fullmatch(text) or ".." in text or text.startswith(".") or ".@" in text:
        return None
    local, _at, host = text.rpartition("@")
    return f"{local}@{host.lower()}"


def post_office(settings: Settings) -> PostOffice:
    """The county's way to its mail server. Raises `SettingsError`."""
    given = section(settings, "email", EmailSettings)
    problems = []
    if parse_address(given.sender) is None:
        problems.append("[plugin.email] sender is an address, such as cunli@county.example")
    if given.security == "none" and given.host not in LOOPBACK:
        problems.append(
            "[plugin.email] security: letters and passwords leave this machine encrypted only; take starttls or tls"
        )
    if given.username and not given.password.get_secret_value():
        problems.append("[plugin.email] password (or password_file) is missing for the user name")
    context = None
    try:
        context = ssl.create_default_context(cafile=given.ca_file or None)
    except (OSError, ssl.SSLError) as exc:
        problems.append(f"[plugin.email] ca_file cannot be read: {type(exc).__name__}")
    if problems or context is None:
        raise SettingsError(problems)
    return PostOffice(given, context)


class PostOffice:
    """Hands letters to the mail server, each in a connection of its own."""

    def __init__(self, given: EmailSettings, context: ssl.SSLContext, seconds: float = SECONDS) -> None:
        self._given, self._context, self._seconds, self._breaker = given, context, seconds, Breaker()

    async def deliver(self, letter: Letter) -> None:
        """Raises `NotCarried` for what may be tried again, `NoSuchBox` for what may not."""
        db.refuse_in_unit("a letter")
        written = _written(letter, self._given)
        try:
            self._breaker.admit()
            async with asyncio.timeout(self._seconds):
                await self._handed_over(letter.to, written)
        except CallFailed as exc:
            raise NotCarried(str(exc)) from None
        except NoSuchBox:
            self._breaker.worked()
            raise
        except (TimeoutError, OSError, aiosmtplib.SMTPException) as exc:
            self._breaker.failed()
            raise NotCarried(_why(exc)) from None
        self._breaker.worked()

    async def _handed_over(self, to: str, written: bytes) -> None:
        given = self._given
        server = aiosmtplib.SMTP(
            hostname=given.host,
            port=given.port,
            use_tls=given.security == "tls",
            start_tls=given.security == "starttls",
            tls_context=self._context,
            username=given.username or None,
            password=given.password.get_secret_value() or None,
            timeout=self._seconds,
        )
        async with server:
            try:
                await server.sendmail(given.sender, [to], written)
            except aiosmtplib.SMTPRecipientsRefused as exc:
                code = exc.recipients[0].code
                if 500 <= code < 600:
                    raise NoSuchBox(f"the server refuses the address for good ({code})") from None
                raise NotCarried(f"the server does not take the letter now ({code})") from None


def _why(exc: Exception) -> str:
    """What happened, without what the server wrote: it repeats addresses."""
    if isinstance(exc, aiosmtplib.SMTPAuthenticationError):
        return f"the server refuses user name or password ({exc.code})"
    if isinstance(exc, aiosmtplib.SMTPResponseException):
        return f"the server refuses the letter ({exc.code})"
    if isinstance(exc, TimeoutError):
        return "the server did not answer in time"
    return f"no connection ({type(exc).__name__})"


def _written(letter: Letter, given: EmailSettings) -> bytes:
    to = parse_address(letter.to)
    if to is None:
        raise NoSuchBox("this is no address")
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(display_name=one_line(given.sender_name), addr_spec=given.sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{letter.id}@{given.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="base64")
    return message.as_bytes()


def one_line(text: str) -> str:
    """A header has one line: line ends and what else nobody sees become spaces."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:200]
