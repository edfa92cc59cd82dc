"""A mail server on this machine: speaks SMTP over a real socket, with STARTTLS and names of users, and fails as mail servers do."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from cunli.testing.certificates import self_signed

USER, PASSWORD = "cunli", "not a secret"


@dataclass
class MailServer:
    """Answers at `port` while the body of its `async with` runs. `answers` are given to recipients instead of 250, one by one.

    `hang`: it takes the connection and says nothing more at the first command.
    """

    folder: Path
    tls: bool = False
    login: bool = False
    hang: bool = False
    answers: list[str] = field(default_factory=list)
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    def settings(self, **more: object) -> dict[str, object]:
        """What stands in `[plugin.email]` for this server."""
        given: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "sender": "cunli@county.example",
            "security": "none",
        }
        if self.tls:
            given |= {"security": "starttls", "ca_file": str(self_signed(self.folder)[0])}
        if self.login:
            given |= {"username": USER, "password": PASSWORD}
        return {**given, **more}

    # -- what the protocol asks ------------------------------------------------------------------------------------

    async def handle_RCPT(  # noqa: N802 aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.answers and (said := self.answers.pop(0)):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd calls it so
        content = envelope.content
        assert isinstance(content, bytes)
        read = message_from_bytes(content, policy=default)
        assert isinstance(read, EmailMessage)
        self.letters.append(read)
        self.envelopes.append(envelope)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    async def handle_EHLO(  # noqa: N802 aiosmtpd calls it so
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        if self.hang:
            await asyncio.Event().wait()
        session.host_name = hostname
        return responses

    def _authenticated(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    def _protocol(self) -> SMTP:
        context = None
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self_signed(self.folder))
        return SMTP(
            self,
            tls_context=context,
            require_starttls=self.tls,
            auth_required=self.login,
            auth_require_tls=self.tls,
            authenticator=self._authenticated if self.login else None,
            loop=asyncio.get_running_loop(),
        )
