"""The cookies this site sets: documented names, HttpOnly, SameSite=Lax, and `__Host-` with Secure over TLS."""

from __future__ import annotations

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from cunli.settings import Settings

SESSION = "cunli_session"
VISITOR = "cunli_visitor"
TOAST = "cunli_toast"
WAY = "cunli_way"
LOCALE = "cunli_locale"
LOOK = "cunli_look"
RECENT = "cunli_recent"  # which plugins this browser opened last
ALL = (SESSION, VISITOR, TOAST, WAY, LOCALE, LOOK, RECENT)
YEAR = 365 * 24 * 3600


def name(settings: Settings, base: str) -> str:
    """The cookie's name on this deployment."""
    return _names(settings.secure, base)[0]


@lru_cache
def _names(secure: bool, *bases: str) -> tuple[str, ...]:
    prefix = "__Host-" if secure else ""
    return tuple([prefix + base for base in bases])


def read(request: Request, settings: Settings, base: str) -> str:
    return request.cookies.get(name(settings, base), "")


def read_all(request: Request, settings: Settings, *bases: str) -> list[str]:
    """Several cookies at once; empty texts for those that were not sent."""
    sent = request.cookies
    return [sent.get(each, "") for each in _names(settings.secure, *bases)]


def put(response: Response, settings: Settings, base: str, value: str, *, max_age: int | None = None) -> None:
    """Set a cookie; `max_age` in seconds, None for the browser's session."""
    response.set_cookie(
        name(settings, base), value, max_age=max_age, path="/", secure=settings.secure, httponly=True, samesite="lax"
    )


def drop(response: Response, settings: Settings, base: str) -> None:
    response.delete_cookie(name(settings, base), path="/", secure=settings.secure, httponly=True, samesite="lax")
