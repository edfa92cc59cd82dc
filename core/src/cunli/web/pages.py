"""What a page is. Core rooms and plugins declare theirs with the same type; none can be built without an audience."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from starlette.responses import Response

if TYPE_CHECKING:
    from cunli.compliance.kinds import Sensitive
    from cunli.web.visit import Visit

View = Callable[["Visit"], Awaitable[Response]]
Scope = Literal["village", "county"]
KILOBYTE = 1024
DEFAULT_BODY = 256 * KILOBYTE


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may open a page: everybody, people who signed in, verified members, or holders of a capability."""

    kind: Literal["everyone", "signed_in", "member", "capability"]
    capability: str = ""

    def __str__(self) -> str:
        return self.capability or self.kind


EVERYONE = Audience("everyone")
SIGNED_IN = Audience("signed_in")
MEMBER = Audience("member")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One address and the view that answers it.

    `path` is relative to `/v/{village}` for `scope="village"`, and to `/` for `scope="county"`. A plugin's county page whose `path`
    ends with `/{county}` stands for each county (`visit.county`), under its own profile and settings; where a page without that
    end stands beside it, a site of several counties answers that one with the choice.
    `to` is an audience or the name of a capability and has no default: a page that does not say whom it is for
    cannot be built. `body_limit` is in bytes. `parts` is how many files and fields a form may carry.
    A page of a plugin marked `sensitive` is a 404 while the county's profile does not allow that kind.
    `outside=True` is for machines of others, such as the notices of a payment service: what they post is let in without a
    form token, nobody is recognised, and the page alone must ask for a signature before it believes a word.
    A `traceless` page is answered to everybody alike: no cookie is read but those of language and look, and none is set, so nobody
    is known there; nothing about the visit is logged or counted, no script runs in it, and `Form.once` keeps no receipt.
    """

    path: str
    view: View
    to: Audience | str
    methods: tuple[str, ...] = ("GET",)
    scope: Scope = "village"
    name: str = ""
    body_limit: int = DEFAULT_BODY
    files: int = 0
    sensitive: Sensitive | None = None
    outside: bool = False
    traceless: bool = False
    audience: Audience = field(init=False)

    def __post_init__(self) -> None:
        if not self.path.startswith("/") and self.path != "":
            raise ValueError(f"page path {self.path!r} must start with “/”")
        if not self.methods:
            raise ValueError(f"page {self.path!r} answers no method")
        unknown = set(self.methods) - {"GET", "POST"}
        if unknown:
            raise ValueError(f"page {self.path!r}: forms send GET and POST only, not {', '.join(sorted(unknown))}")
        audience = Audience("capability", self.to) if isinstance(self.to, str) else self.to
        if not isinstance(audience, Audience) or (audience.kind == "capability" and not audience.capability):
            raise TypeError(f"page {self.path!r} does not say whom it is for")
        if self.outside and (audience != EVERYONE or self.methods != ("POST",)):
            raise ValueError(f"page {self.path!r}: what comes from outside is posted, and to EVERYONE")
        if self.traceless and audience.kind != "everyone":
            raise ValueError(f"page {self.path!r} is traceless: nobody is known there, so it can only be for everyone")
        object.__setattr__(self, "audience", audience)

    @property
    def full_path(self) -> str:
        """The path pattern from the root of the site."""
        return f"/v/{{village}}{self.path}" if self.scope == "village" else self.path
