"""An authenticator app for tests: bound to a person, it shows the digits of now."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pyotp

from cunli.clock import now
from cunli.people import second_factor
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Opened


@dataclass
class App:
    """What stands on the phone of an official."""

    secret: str
    recovery: list[str] = field(default_factory=list)

    def digits(self, *, late: int = 0) -> str:
        """The digits; `late` half minutes on, or back."""
        return pyotp.TOTP(self.secret).at(now() + timedelta(seconds=30 * late))

    @classmethod
    def scanned(cls, page: Opened) -> App:
        """The app after somebody copied the key from the page."""
        return cls(re.sub(r"\s", "", page.one("code.num").text_content()))


async def bound(who: SamplePerson) -> App:
    """Bind an app without going through the page; with digits of half a minute ago, so that those of now are fresh."""
    app = App(second_factor.fresh_secret())
    app.recovery = await second_factor.enrol(who.id, app.secret, app.digits(late=-1))
    return app
