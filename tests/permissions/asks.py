"""A valid request for every route of the site. A route that is missing here fails the run.

Each route has one request or several, by name: different targets, or the different things one form can do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cunli.clock import today
from cunli.testing.photos import photo_file
from cunli.testing.visitor import File

from .roles import HERE, OFFICIALS_ONLY, Role

if TYPE_CHECKING:
    from .world import World

Fields = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. `key` is the id in its path that nobody can guess, `about` the kind of canary that it leads to."""

    path: str
    fields: Fields = field(default_factory=dict)
    files: tuple[tuple[str, File], ...] = ()
    key: str = ""
    about: str = ""


Make = Callable[["World", Role], Ask]
REASON: Final = "理由写在这里"
GONE: Final = "gone"  # a plugin that is known from switches only


def at(path: str, **fields: str) -> dict[str, Make]:
    """A request for a page that has no target of its own."""
    return {"": lambda world, role: Ask(path=path, fields=fields)}


def _regions(path: str, **modes: str) -> dict[str, Make]:
    """The village, its township and its county; `modes` is what each is to say."""

    def make(level: str) -> Make:
        def ask(world: World, role: Role) -> Ask:
            here = world.site[HERE]
            region = {"village": here.region_id, "township": here.township_id, "county": here.county_id}[level]
            return Ask(path=path % region, fields={"mode": modes[level]} if modes else {})

        return ask

    return {level: make(level) for level in ("village", "township", "county")}


def _post(name: str, tail: str = "", **fields: str) -> Make:
    def make(world: World, role: Role) -> Ask:
        key = world.here.posts[name]
        return Ask(path=f"/v/{HERE}/p/{key}{tail}", fields=fields, key=key, about=f"post.{name}")

    return make


def _comment(name: str, tail: str = "", **fields: str) -> Make:
    def make(world: World, role: Role) -> Ask:
        key = world.here.comments[name]
        return Ask(path=f"/v/{HERE}/c/{key}{tail}", fields=fields, key=key, about=f"comment.{name}")

    return make


def _member(name: str, tail: str = "", **fields: str) -> Make:
    def make(world: World, role: Role) -> Ask:
        key = world.here.members[name]
        return Ask(path=f"/v/{HERE}/members/{key}{tail}", fields=fields, key=key, about=OFFICIALS_ONLY)

    return make


def _posts(names: Sequence[str], tail: str = "", **fields: str) -> dict[str, Make]:
    return {name: _post(name, tail, **fields) for name in names}


def _comments(names: Sequence[str], tail: str = "", **fields: str) -> dict[str, Make]:
    return {name: _comment(name, tail, **fields) for name in names}


def _village(**fields: str) -> Make:
    return lambda world, role: Ask(path="", fields={"village": str(world.here.village.id), **fields})


def _on(path: str, make: Make) -> dict[str, Make]:
    def moved(world: World, role: Role) -> Ask:
        return Ask(path=path, fields=make(world, role).fields)

    return {"": moved}


def _invite(tail: str) -> dict[str, Make]:
    def make(world: World, role: Role) -> Ask:
        token = world.here.invite
        return Ask(path=f"/v/{HERE}/invites/{token}{tail}", key=token, about="invite.token")

    return {"": make}


def _household(name: str, **fields: str) -> Make:
    def make(world: World, role: Role) -> Ask:
        key = world.here.households[name]
        filled = {**fields, "group": str(world.here.village.group_ids[0])} if "number" in fields else fields
        return Ask(path=f"/v/{HERE}/households/{key}", fields=filled, key=key, about=OFFICIALS_ONLY)

    return make


def _photo(name: str) -> Make:
    def make(world: World, role: Role) -> Ask:
        key = world.here.photos[name]
        return Ask(path=f"/media/{key}/large", key=key, about=f"photo.{name}")

    return make


def _verify(world: World, role: Role) -> Ask:
    key = world.here.members["applicant"]
    fields = {
        "do": "verify",
        "group": str(world.here.village.group_ids[0]),
        "household": str(world.here.household_id),
        "reason": "",
    }
    return Ask(path=f"/v/{HERE}/members/{key}/review", fields=fields, key=key, about=OFFICIALS_ONLY)


def _place(world: World, role: Role) -> Ask:
    key = world.here.members["author"]
    fields = {"group": str(world.here.village.group_ids[1]), "household": str(world.here.household_id)}
    return Ask(path=f"/v/{HERE}/members/{key}/place", fields=fields, key=key, about=OFFICIALS_ONLY)


def _join(world: World, role: Role) -> Ask:
    fields = {
        "display_name": "新来的",
        "name": "新来人",
        "head_name": "新户主",
        "group": str(world.here.village.group_ids[0]),
        "away": "1",
        "away_city": "成都",
        "away_since": "2024-05-01",
        "invite": "",
    }
    return Ask(path=f"/v/{HERE}/join", fields=fields)


def _receipt(world: World, role: Role) -> Ask:
    key = world.here.posts["notice"]
    fields = {"household": world.here.households["lived_in"], "do": "phone"}
    return Ask(path=f"/v/{HERE}/p/{key}/receipts", fields=fields, key=key, about="post.notice")


def _appoint(kind: str) -> Make:
    def make(world: World, role: Role) -> Ask:
        fields = {"kind": kind, "title": "文书", "member": world.here.members["author"], "phone": ""}
        return Ask(path=f"/v/{HERE}/officials", fields=fields)

    return make


def _setting(tail: str = "", **fields: str) -> dict[str, Make]:
    """No plugin runs here: whoever may look after the place is told that there is none."""

    def make(world: World, role: Role) -> Ask:
        region = world.here.village.region_id
        return Ask(path=f"/admin/plugins/none/settings/{region}{tail}", fields=fields)

    return {"": make}


def _dismiss(office: str) -> Make:
    return lambda world, role: Ask(path=f"/v/{HERE}/officials/{world.offices[office]}/revoke")


def _held(do: str) -> Make:
    def make(world: World, role: Role) -> Ask:
        key = world.here.held
        return Ask(path=f"/v/{HERE}/held/{key}", fields={"do": do, "reason": REASON}, key=key, about="post.held_reason")

    return make


def _report(world: World, role: Role) -> Ask:
    key = world.here.report
    return Ask(path=f"/v/{HERE}/reports/{key}", fields={"do": "keep", "reason": REASON}, key=key, about="report.note")


def _unused(world: World, role: Role) -> Ask:
    key = world.here.photos["unused"]
    return Ask(path=f"/v/{HERE}/uploads/{key}/remove", key=key, about="photo.unused")


def _upload(world: World, role: Role) -> Ask:
    return Ask(path=f"/v/{HERE}/uploads", files=(("photo", photo_file()),))


def _group(**fields: str) -> Make:
    def make(world: World, role: Role) -> Ask:
        return Ask(path=f"/v/{HERE}/settings/groups/{world.here.village.group_ids[2]}", fields=fields)

    return make


def _message(world: World, role: Role) -> Ask:
    return Ask(path=f"/inbox/{world.here.message_id}/go")


def _end_session(world: World, role: Role) -> Ask:
    return Ask(path="/me/security/sessions", fields={"session": str(world.session_of_author)})


def _sign_in(world: World, role: Role) -> Ask:
    return Ask(path="/sign-in", fields={"phone": world.phone, "password": world.password, "next": ""})


def _code(world: World, role: Role) -> Ask:
    return Ask(path="/sign-in/code", fields={"do": "send", "phone": world.phone, "code": "", "next": "", "sent": ""})


def _static(world: World, role: Role) -> Ask:
    return Ask(path=world.site.app.site.static.url("favicon.svg"))


def _invited(world: World, role: Role) -> Ask:
    return Ask(path=f"/i/{world.here.invite}")


def _invite_code(world: World, role: Role) -> Ask:
    return Ask(path="/i", fields={"code": world.here.code})


WRITTEN: Final = {"body": "写几句话", "place": "村口", "audience": "village", "upload": "", "do": ""}
NOTICE: Final = {"title": "停水", "body": "明天停水", "audience": "village", "pinned": "1", "pinned_until": ""}
TEXT: Final = {
    "motto": "一句话",
    "introduction": "介绍",
    "phone": "028-88790001",
    "address": "村口",
    "market_days": "3,8",
    "cloth": "rice",
    "dye": "teal",
}
LOOK: Final = {"theme": "dark", "mode": "elder", "size": "xl", "contrast": "more", "locale": "en"}
ALL_POSTS: Final = (
    "village",
    "township",
    "county",
    "public",
    "hidden",
    "public_hidden",
    "public_held",
    "deleted",
    "notice",
)
KINDS: Final = ("village", "public", "hidden", "deleted")
PASSWORD: Final = {
    "current": "",
    "code": "",
    "new": "一个新的密码 很长",
    "again": "一个新的密码 很长",
    "do": "",
    "sent": "",
}
CLOSING: Final = {"posts": "remove", "current": "", "code": "", "do": "", "sent": ""}

# fmt: off
ASKS: Final[dict[str, dict[str, Make]]] = {
    "GET /": at("/"),
    "GET /admin/plugins": at("/admin/plugins"),
    "GET /admin/plugins/{plugin}": {**at(f"/admin/plugins/{GONE}"), **_regions(f"/admin/plugins/{GONE}?region=%s"), "unknown": at("/admin/plugins/nothing")[""]},
    "POST /admin/plugins/{plugin}/regions/{region}": _regions(f"/admin/plugins/{GONE}/regions/%s", village="off", township="forbid", county="forbid"),
    "POST /admin/plugins/{plugin}/retry": at(f"/admin/plugins/{GONE}/retry"),
    "GET /admin/plugins/{plugin}/removal": {**at(f"/admin/plugins/{GONE}/removal"), "unknown": at("/admin/plugins/nothing/removal")[""]},
    "POST /admin/plugins/{plugin}/exports": at(f"/admin/plugins/{GONE}/exports"),
    "GET /admin/plugins/{plugin}/exports/{key}": at(f"/admin/plugins/{GONE}/exports/nobody-was-given-this"),
    "GET /admin/plugins/{plugin}/settings": at("/admin/plugins/none/settings"),
    "GET /admin/plugins/{plugin}/settings/{region}": _setting(),
    "POST /admin/plugins/{plugin}/settings/{region}/{setting}": _setting("/limit", limit="3"),
    "POST /admin/plugins/{plugin}/settings/{region}/{setting}/inherit": _setting("/limit/inherit"),
    "GET /admin/profile": at("/admin/profile"),
    "GET /admin/profile/{profile}": at("/admin/profile/wecun2019"),
    "POST /admin/profile/{profile}": at("/admin/profile/wecun2019", was="cn2026", reason="换一换"),
    "GET /admin/themes": {**at("/admin/themes"), **_regions("/admin/themes?region=%s")},
    "POST /admin/themes/{region}": _regions("/admin/themes/%s"),
    "GET /find": at("/find?q=禾坪"),
    "GET /healthz": at("/healthz"),
    "GET /i": at("/i"),
    "POST /i": {"": _invite_code},
    "GET /i/{token}": {"": _invited},
    "GET /inbox": at("/inbox"),
    "POST /inbox/seen": at("/inbox/seen", up_to="999999"),
    "POST /inbox/{id}/go": {"of the author": _message},
    "GET /look": at("/look?mode=elder&next=/"),
    "GET /me": at("/me"),
    "POST /me": at("/me", display_name="改了名"),
    "POST /me/away": _on("/me/away", _village(away="1", away_city="成都", away_since="2024-05-01")),
    "GET /me/data": at("/me/data"),
    "GET /me/data/close": at("/me/data/close"),
    "POST /me/data/close": at("/me/data/close", **CLOSING),
    "POST /me/data/download": at("/me/data/download"),
    "POST /me/data/export": at("/me/data/export"),
    "POST /me/data/stay": at("/me/data/stay"),
    "POST /me/home": _on("/me/home", _village()),
    "POST /me/leave": _on("/me/leave", _village()),
    "GET /me/look": at("/me/look"),
    "POST /me/look": at("/me/look", **LOOK),
    "GET /me/security": at("/me/security"),
    "POST /me/security": at("/me/security", **PASSWORD),
    "POST /me/security/sessions": {"others": at("/me/security/sessions", session="others")[""], "the author's": _end_session},
    "GET /media/{key}/{size}": {"private": _photo("private"), "unused": _photo("unused")},
    "GET /sign-in": at("/sign-in"),
    "POST /sign-in": {"": _sign_in},
    "GET /sign-in/code": at("/sign-in/code"),
    "POST /sign-in/code": {"": _code},
    "POST /sign-out": at("/sign-out"),
    "GET /static/{hash}/{path:path}": {"": _static},
    "GET /v/{village}/": {**at(f"/v/{HERE}/"), "township": at(f"/v/{HERE}/?tab=township")[""], "county": at(f"/v/{HERE}/?tab=county")[""]},
    "GET /v/{village}/about": at(f"/v/{HERE}/about"),
    "GET /v/{village}/c/{key}": _comments(KINDS),
    "GET /v/{village}/c/{key}/delete": _comments(KINDS, "/delete"),
    "POST /v/{village}/c/{key}/delete": _comments(KINDS, "/delete"),
    "GET /v/{village}/c/{key}/hide": _comments(KINDS, "/hide"),
    "POST /v/{village}/c/{key}/hide": {**_comments(("village", "public", "deleted"), "/hide", do="hide", reason=REASON), "show": _comment("hidden", "/hide", do="show", reason="")},
    "GET /v/{village}/c/{key}/report": _comments(KINDS, "/report"),
    "POST /v/{village}/c/{key}/report": _comments(KINDS, "/report", reason="abuse", note="骂人"),
    "POST /v/{village}/c/{key}/restore": _comments(KINDS, "/restore"),
    "POST /v/{village}/draft": at(f"/v/{HERE}/draft", body="写了一半", place="", audience="village", uploads=""),
    "GET /v/{village}/households": at(f"/v/{HERE}/households"),
    "POST /v/{village}/households": at(f"/v/{HERE}/households", number="新一号", group="", head_name="赵新户"),
    "GET /v/{village}/households/{key}": {"": _household("lived_in")},
    "POST /v/{village}/households/{key}": {"change": _household("lived_in", number="改一号", head_name="赵改户", do=""), "close": _household("empty", do="close")},
    "GET /v/{village}/invites": at(f"/v/{HERE}/invites"),
    "POST /v/{village}/invites": at(f"/v/{HERE}/invites"),
    "GET /v/{village}/invites/{token}/print": _invite("/print"),
    "GET /v/{village}/invites/{token}/qr.svg": _invite("/qr.svg"),
    "POST /v/{village}/invites/{token}/revoke": _invite("/revoke"),
    "GET /v/{village}/join": {**at(f"/v/{HERE}/join"), "edit": at(f"/v/{HERE}/join?edit=1")[""]},
    "POST /v/{village}/join": {"": _join},
    "GET /v/{village}/join/waiting": at(f"/v/{HERE}/join/waiting"),
    "POST /v/{village}/join/withdraw": at(f"/v/{HERE}/join/withdraw"),
    "GET /v/{village}/members": {**at(f"/v/{HERE}/members"), "suspended": at(f"/v/{HERE}/members?state=suspended")[""]},
    "GET /v/{village}/members/requests": at(f"/v/{HERE}/members/requests"),
    "GET /v/{village}/members/{key}": {"author": _member("author"), "applicant": _member("applicant"), "suspended": _member("suspended")},
    "POST /v/{village}/members/{key}/place": {"": _place},
    "POST /v/{village}/members/{key}/reveal": {"": _member("author", "/reveal")},
    "POST /v/{village}/members/{key}/review": {"verify": _verify, "refuse": _member("applicant", "/review", do="refuse", reason=REASON)},
    "POST /v/{village}/members/{key}/state": {"suspend": _member("author", "/state", do="suspend", reason=REASON), "resume": _member("suspended", "/state", do="resume", reason=""), "left": _member("author", "/state", do="mark_left", reason=REASON), "of an admin": _member("admin", "/state", do="suspend", reason=REASON)},
    "GET /v/{village}/new": at(f"/v/{HERE}/new"),
    "POST /v/{village}/new": {"publish": at(f"/v/{HERE}/new", **WRITTEN)[""], "save": at(f"/v/{HERE}/new", **{**WRITTEN, "do": "save"})[""]},
    "GET /v/{village}/notices": at(f"/v/{HERE}/notices"),
    "GET /v/{village}/notices/new": at(f"/v/{HERE}/notices/new"),
    "POST /v/{village}/notices/new": at(f"/v/{HERE}/notices/new", **NOTICE),
    "GET /v/{village}/officials": at(f"/v/{HERE}/officials"),
    "POST /v/{village}/officials": {kind: _appoint(kind) for kind in ("village_admin", "township_admin", "county_admin")},
    "POST /v/{village}/officials/{role}/revoke": {"village": _dismiss("village"), "township": _dismiss("township"), "county": _dismiss("county")},
    "GET /v/{village}/p/{key}": _posts(ALL_POSTS),
    "POST /v/{village}/p/{key}/comments": _posts(ALL_POSTS, "/comments", body="说得好", parent=""),
    "GET /v/{village}/p/{key}/delete": _posts(("village", "hidden", "public_held", "deleted"), "/delete"),
    "POST /v/{village}/p/{key}/delete": _posts(("village", "public", "hidden", "public_held", "deleted"), "/delete"),
    "GET /v/{village}/p/{key}/edit": _posts(("village", "public", "hidden", "deleted"), "/edit"),
    "POST /v/{village}/p/{key}/edit": _posts(("village", "public", "hidden", "deleted"), "/edit", **WRITTEN, version="1"),
    "GET /v/{village}/p/{key}/hide": _posts(("village", "hidden", "deleted"), "/hide"),
    "POST /v/{village}/p/{key}/hide": {**_posts(("village", "public", "deleted"), "/hide", do="hide", reason=REASON), "show": _post("hidden", "/hide", do="show", reason="")},
    "GET /v/{village}/p/{key}/notice": _posts(("notice", "village"), "/notice"),
    "POST /v/{village}/p/{key}/notice": _posts(("notice", "village"), "/notice", **NOTICE),
    "POST /v/{village}/p/{key}/pin": _posts(("notice", "village"), "/pin", do="pin"),
    "POST /v/{village}/p/{key}/react": {**_posts(ALL_POSTS, "/react", do="like"), "thank": _post("village", "/react", do="thank")},
    "POST /v/{village}/p/{key}/read": _posts(("notice", "public_notice", "village"), "/read"),
    "GET /v/{village}/p/{key}/receipts": _posts(("notice", "village"), "/receipts"),
    "POST /v/{village}/p/{key}/receipts": {"": _receipt},
    "POST /v/{village}/p/{key}/receipts.csv": _posts(("notice",), "/receipts.csv"),
    "GET /v/{village}/p/{key}/report": _posts(ALL_POSTS, "/report"),
    "POST /v/{village}/p/{key}/report": _posts(ALL_POSTS, "/report", reason="abuse", note="骂人"),
    "POST /v/{village}/p/{key}/restore": _posts(("deleted", "village"), "/restore"),
    "GET /v/{village}/p/{key}/share": _posts(ALL_POSTS, "/share"),
    "GET /v/{village}/held": at(f"/v/{HERE}/held"),
    "POST /v/{village}/held/{key}": {"approve": _held("approve"), "refuse": _held("refuse")},
    "GET /v/{village}/reports": at(f"/v/{HERE}/reports"),
    "POST /v/{village}/reports/{key}": {"": _report},
    "GET /v/{village}/search": {**at(f"/v/{HERE}/search?q=CANARY"), "nothing": at(f"/v/{HERE}/search")[""]},
    "GET /v/{village}/settings": at(f"/v/{HERE}/settings"),
    "POST /v/{village}/settings": at(f"/v/{HERE}/settings", **TEXT),
    "POST /v/{village}/settings/cover": {
        "photo": lambda world, role: Ask(path=f"/v/{HERE}/settings/cover", files=(("cover", photo_file()),)),
        "remove": lambda world, role: Ask(path=f"/v/{HERE}/settings/cover", fields={"do": "remove"}),
    },
    "POST /v/{village}/settings/figure": at(f"/v/{HERE}/settings/figure", users="500", as_of=today().isoformat()),
    "POST /v/{village}/settings/groups": at(f"/v/{HERE}/settings/groups", group_name="新组"),
    "POST /v/{village}/settings/groups/{group}": {"rename": _group(name="改名组", do=""), "remove": _group(do="remove")},
    "POST /v/{village}/uploads": {"": _upload},
    "POST /v/{village}/uploads/{key}/remove": {"": _unused},
}
# fmt: on
