"""One request as a page sees it: who visits which village, what they may do, and the ways to answer."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from markupsafe import Markup
from python_multipart.exceptions import FormParserError
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cunli.compliance.kinds import AskAllowed, Sensitive, nothing_sensitive
from cunli.plugin_setting import ReadSetting, Setting, only_defaults
from cunli.trust import limits, policy
from cunli.web import cookies, i18n
from cunli.web.errors import BadRequest, Text
from cunli.web.forms import TOKEN_FIELD, Form, hidden_token
from cunli.web.look import Look
from cunli.web.safe_url import referring_path, same_site_path
from cunli.web.text import storable
from cunli.web.tokens import digest, new_key

if TYPE_CHECKING:
    from cunli.people.queries import PersonNow, SessionNow, Standing
    from cunli.places.queries import VillageNow
    from cunli.settings import Settings
    from cunli.web.county_pages import County
    from cunli.web.pages import Page
    from cunli.web.site import Site


T = TypeVar("T")
_SIMPLE_PATH = re.compile(r"[A-Za-z0-9/\-_.~]*\Z")  # quoting would change nothing
_NO_QUERY = QueryParams()


class Visit:
    """Built by the gate for each request; pages read from it and answer through it."""

    __slots__ = (
        "__dict__",
        "_toast",
        "_visitor",
        "allowed",
        "county",
        "granted",
        "locale",
        "look",
        "page",
        "plugin",
        "request",
        "session",
        "site",
        "standing",
        "subjects",
        "themed",
        "values",
        "village",
    )

    def __init__(self, site: Site, request: Request) -> None:
        self.site = site
        self.request = request
        self.session: SessionNow | None = None
        self.village: VillageNow | None = None
        self.county: County | None = None  # on a plugin's page with `{county}` in its address
        self.standing: Standing | None = None
        self.page: Page | None = None
        self.plugin: str | None = None  # whose page this is; None for the core's
        self.granted: frozenset[str] = frozenset()
        self.subjects: dict[str, tuple[int, ...]] = {}  # by slot: the ids of the things on this page
        self.values: ReadSetting = only_defaults  # the gate puts those of the village here, on pages of plugins
        self.locale: str = site.settings.locale
        self.look = Look()
        self.allowed: AskAllowed = nothing_sensitive  # so does the gate with what the county's profile says
        self.themed = site.default  # the gate puts that of the village here
        self._visitor = ""
        self._toast: dict[str, str] = {}

    # -- who and where ---------------------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        return self.site.settings

    @property
    def person(self) -> PersonNow | None:
        return self.session.person if self.session else None

    @property
    def as_of(self) -> str:
        """What names the moment at which the session was read, for reads of a visit that changes nothing; see `db.read`."""
        return self.session.as_of if self.session and self.request.method in ("GET", "HEAD") else ""

    @property
    def traceless(self) -> bool:
        """Whether this page neither reads nor leaves anything that could tell who visits it."""
        return self.page is not None and self.page.traceless

    @property
    def me(self) -> PersonNow:
        """The signed-in person on a page that only signed-in people reach."""
        assert self.session is not None, "this page's audience does not sign people in"
        return self.session.person

    @property
    def here(self) -> VillageNow:
        """The village on a village page."""
        assert self.village is not None, "this is not a village page"
        return self.village

    @cached_property
    def is_member(self) -> bool:
        """Whether this person belongs to the village's inner circle (verified, or an official of it or above it)."""
        return policy.is_member(self.person, self.village, self.standing)

    def may(self, capability: str) -> bool:
        """Whether this person may do `capability` in this village."""
        known = self.site.capabilities
        return policy.may(self.person, capability, self.village, self.standing, granted=self.granted, known=known)

    def setting(self, which: Setting[T]) -> T:
        """The value of a plugin's setting in this village; on a page of the county, in the county. For views of plugins."""
        return self.values(which)

    def allows(self, kind: Sensitive) -> bool:
        """Whether the county's profile lets the plugin whose page this is do a sensitive kind. For views of plugins."""
        return self.allowed(kind)

    # -- the request -----------------------------------------------------------------------------------------------

    @property
    def path_params(self) -> Mapping[str, Any]:
        return self.request.path_params

    @cached_property
    def query(self) -> QueryParams:
        """What stands behind the question mark, as text that a database can be asked for."""
        # Nearly every page has none, and to take nothing apart would cost a twentieth of it.
        if not self.request.scope["query_string"]:
            return _NO_QUERY
        return QueryParams(
            [(storable(name), storable(value)) for name, value in self.request.query_params.multi_items()]
        )

    @property
    def path(self) -> str:
        path: str = self.request.scope["path"]
        return path

    @cached_property
    def here_path(self) -> str:
        """Path and query of this page, for coming back to it."""
        query = self.request.scope["query_string"].decode("latin-1")
        path = self.path
        if not _SIMPLE_PATH.match(path):
            path = quote(path, safe="/-_.~")
        return same_site_path(path + (f"?{query}" if query else ""))

    def absolute(self, path: str) -> str:
        """The whole address of a path of this site, `https://…`: for QR codes, paper, and whoever is not in a browser."""
        return f"{self.settings.base_url}{path}"

    @property
    def is_htmx(self) -> bool:
        """Whether htmx asks for a region of the page."""
        return (
            self.request.headers.get("hx-request") == "true"
            and "hx-history-restore-request" not in self.request.headers
        )

    @property
    def address(self) -> str:
        """The visitor's network address, believed from a proxy only when it is a trusted one."""
        peer = self.request.client.host if self.request.client else ""
        if peer in self.settings.trusted_proxies:
            forwarded = self.request.headers.get("x-forwarded-for", "").rsplit(",", 1)[-1].strip()
            return forwarded[:45] or peer
        return peer

    @property
    def network(self) -> str:
        """What counts as one place on the internet: the subject of a limit for visitors without an account."""
        return limits.network(self.address)

    @property
    def form_binding(self) -> str:
        """What a form token is bound to: the session, or the visitor's own cookie; on a traceless page to nobody."""
        if self.session is not None:
            return self.session.token_hash
        if self.traceless:
            return digest("traceless")
        if not self._visitor:
            self._visitor = cookies.read(self.request, self.settings, cookies.VISITOR)[:44] or new_key()
        return digest("visitor", self._visitor)

    async def form(self) -> Form:
        """The submitted form. Raises `BadRequest` for what is not a form."""
        assert self.page is not None
        cached: Form | None = self.__dict__.get("_form")
        if cached is not None:
            return cached
        kind = self.request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind and kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
            raise BadRequest
        try:
            data = await self.request.form(max_files=self.page.files, max_fields=200, max_part_size=256 * 1024)
        except (HTTPException, MultiPartException, FormParserError, UnicodeDecodeError) as exc:
            raise BadRequest from exc
        token = data.get(TOKEN_FIELD, "")
        key = self.site.signer.check_form(token, self.form_binding) if isinstance(token, str) and token else None
        form = Form(data, key, receipts=not self.traceless)
        self.__dict__["_form"] = form
        return form

    # -- answers ---------------------------------------------------------------------------------------------------

    def form_token(self) -> Markup:
        """The hidden input that stands in every POST form; each form of a page has a receipt of its own."""
        return hidden_token(self.site.signer.form_token(self.form_binding))

    async def html(
        self, template: str, context: Mapping[str, Any] | None = None, *, block: str | None = None, slots: Any = None
    ) -> str:
        """The rendered template, or one block of it, with the slots of this village collected first, unless given."""
        if slots is None:
            slots = await self.site.slots(self, template, block)
        values = {"visit": self, "form_token": self.form_token, "slot": slots, "toast": self._toast, **(context or {})}
        return self.themed.templates.render(template, values, block=block)

    async def render(
        self, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200, block: str | None = None
    ) -> Response:
        """Answer with a page. `block` answers htmx with that region of it."""
        text = await self.html(template, context, block=block if self.is_htmx else None)
        return HTMLResponse(text, status)

    def redirect(self, url: str, *, toast: Text = "", undo: str = "") -> Response:
        """Answer 303 to a path of this site; `toast` is shown there once, with a button that posts to `undo`."""
        response = RedirectResponse(same_site_path(url), 303)
        if toast and not self.traceless:
            value = self.site.signer.texts.dumps({"t": str(toast), "u": undo})
            cookies.put(response, self.settings, cookies.TOAST, str(value), max_age=60)
        return response

    def sign_in_url(self) -> str:
        """The sign-in page that comes back here."""
        back = (
            self.here_path
            if self.request.method == "GET"
            else same_site_path(referring_path(self.request.headers.get("referer", "")))
        )
        return f"/sign-in?next={quote(back, safe='/')}"

    @property
    def has_toast(self) -> bool:
        """Whether something is to be said on the next page once: such a page is not cached."""
        return bool(self._toast)

    # -- glue for the gate -----------------------------------------------------------------------------------------

    def settle_look(self) -> None:
        """Take language, look and toast from the person and the cookies."""
        settings, person = self.settings, self.person
        locale, look, raw = cookies.read_all(self.request, settings, cookies.LOCALE, cookies.LOOK, cookies.TOAST)
        preferred = locale or (person.locale if person else "")
        self.locale = i18n.choose(preferred, self.request.headers.get("accept-language", ""), settings.locale)
        i18n.use_locale(self.locale)
        self.look = Look.parse(look or (person.look if person else ""))
        if not self.look.saver and self.request.headers.get("save-data") == "on":
            self.look = replace(self.look, saver="on")
        if raw and not self.traceless:
            ok, value = self.site.signer.texts.loads_unsafe(raw, max_age=120)
            self._toast = {"text": str(value["t"]), "undo": same_site_path(str(value["u"]), "")} if ok else {}

    def finish(self, response: Response) -> None:
        """Cookies and caching rules that every page's answer carries."""
        if self._toast and response.status_code == 200:
            cookies.drop(response, self.settings, cookies.TOAST)
        if self._visitor and not cookies.read(self.request, self.settings, cookies.VISITOR):
            cookies.put(response, self.settings, cookies.VISITOR, self._visitor)
        headers = response.headers
        if self.traceless:
            headers["cache-control"], headers["referrer-policy"] = "no-store", "no-referrer"
        if "cache-control" not in headers:
            headers["cache-control"] = "no-store" if self.session else "private, no-cache"
        headers.setdefault("vary", "Cookie, HX-Request, Accept-Language, Accept-Encoding, Save-Data")


async def resolved(answer: Response | Awaitable[Response]) -> Response:
    """The response of a view that may have returned an awaitable of it."""
    return await answer if inspect.isawaitable(answer) else answer
