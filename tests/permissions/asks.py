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
DEPARTMENT: Final = "nongye"
GONE: Final = "gone"  # a plugin that is known from switches only


def at(path: str, **fields: str) -> dict[str, Make]:
    """A request for a page that has no target of its own."""
    return {"": lambda world, role: Ask(path=path, fields=fields)}


def _regions(path: str, *, fields: Fields | None = None, **modes: str) -> dict[str, Make]:
    """The village, its township and its county; `modes` is what each is to say, `fields` what all are."""

    def make(level: str) -> Make:
        def ask(world: World, role: Role) -> Ask:
            here = world.site[HERE]
            region = {"village": here.region_id, "township": here.township_id, "county": here.county_id}[level]
            return Ask(path=path % region, fields={"mode": modes[level]} if modes else fields or {})

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


PHONE_OF_SOMEBODY: Final = "13900000001"


def _tutor(path: str, what: str, **fields: str) -> Make:
    return lambda world, role: Ask(path=path % world.young[what], fields=fields)


def _read_handbook(world: World, role: Role) -> Ask:
    return Ask(path="/me/handbook", fields={"handbook": world.young["handbook"]})


def _plan_tour(world: World, role: Role) -> Ask:
    return Ask(path="/tutor/tours", fields={"where": world.young["helps"], "day": "2027-01-05", "place": "村委会"})


def _write_for(world: World, role: Role) -> Ask:
    fields = {"village": str(world.here.village.id), "phone": PHONE_OF_SOMEBODY, "body": "他说的话"}
    return Ask(path="/tutor/words", fields=fields)


def _ward(tail: str, **fields: str) -> Make:
    def make(world: World, role: Role) -> Ask:
        return Ask(path=f"/me/wards/{world.young['link']}{tail}", fields=fields)

    return make


def _answer_for(world: World, role: Role) -> Ask:
    return Ask(path="/me/wards", fields={"code": world.young["code"], "agree": "1"})


def _paper(world: World, role: Role) -> Ask:
    return Ask(path=f"/v/{HERE}/young", fields={"code": world.young["code"], "name": "纸上另一位", "signed": "1"})


def _young_look(world: World, role: Role) -> Ask:
    key = world.young["member"]
    return Ask(path=f"/v/{HERE}/members/{key}/look", fields={"why": REASON}, key=key, about=OFFICIALS_ONLY)


def _young_change(do: str) -> Make:
    def make(world: World, role: Role) -> Ask:
        fields = {"do": do, "link": world.young["link"], "person": world.young["id"]}
        return Ask(path=f"/v/{HERE}/young/change", fields=fields)

    return make


def _decide_look(world: World, role: Role) -> Ask:
    key = world.young["look"]
    return Ask(path=f"/v/{HERE}/young/looks/{key}", fields={"do": "allow"}, key=key, about=OFFICIALS_ONLY)


def _reader(world: World, role: Role) -> Ask:
    fields = {"region": str(world.site[HERE].county_id), "phone": world.phone}
    return Ask(path="/admin/audit/readers", fields=fields)


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


def _own_village(tail: str = "", **fields: str) -> dict[str, Make]:
    """A page of the console about the village of the tests."""
    return {"": lambda world, role: Ask(path=f"/admin/villages/{world.site[HERE].region_id}{tail}", fields=fields)}


def _ticked(world: World, role: Role) -> Ask:
    here = world.site[HERE]
    return Ask(path=f"/admin/villages?region={here.region_id}", fields={"village": str(here.region_id), "do": "open"})


def _console_person(name: str = "author", tail: str = "", **fields: str) -> Make:
    def make(world: World, role: Role) -> Ask:
        key = world.here.members[name]
        return Ask(path=f"/admin/people/{key}{tail}", fields=fields, key=key, about=OFFICIALS_ONLY)

    return make


def _notice_here(world: World, role: Role) -> Ask:
    region = world.site[HERE].region_id
    fields = {
        "title": "停水",
        "body": "明天停水",
        "audience": "village",
        "pinned": "",
        "pinned_until": "",
        "to": "all",
        "do": "send",
    }
    return Ask(path=f"/admin/notices/new?region={region}", fields=fields)


def _followed(world: World, role: Role) -> Ask:
    key = world.here.posts["notice"]
    return Ask(path=f"/admin/notices/{key}", key=key, about="post.notice")


def _dismiss(office: str) -> Make:
    return lambda world, role: Ask(path=f"/v/{HERE}/officials/{world.offices[office]}/revoke")


def _place_in_office() -> dict[str, Make]:
    """Somebody new in an office of the village, its township and its county."""
    codes = {"village_admin": "510999001200", "township_admin": "510999001000", "county_admin": "510999000000"}
    filled = {"phone": "13900000177", "name": "新干部", "title": ""}
    return {kind: at("/admin/roles/new", kind=kind, place=code, **filled)[""] for kind, code in codes.items()}


def _end_of_office(**fields: str) -> dict[str, Make]:
    def make(office: str) -> Make:
        return lambda world, role: Ask(path=f"/admin/roles/{world.offices[office]}/revoke", fields=fields)

    return {office: make(office) for office in ("village", "township", "county")}


def _dept(tail: str = "", **fields: str) -> dict[str, Make]:
    """Something that the department published."""
    return {"": lambda world, role: Ask(path=f"/dept/{DEPARTMENT}/p/{world.of_department[0]}{tail}", fields=fields)}


def _editor_end(world: World, role: Role) -> Ask:
    return Ask(path=f"/admin/departments/{DEPARTMENT}/editors/{world.of_department[1]}/end")


def _reset_second(office: str) -> Make:
    path = f"/v/{HERE}/officials/%s/second"
    return lambda world, role: Ask(path=path % world.offices[office], fields={"reason": REASON})


def _case(name: str, do: str, about: str, tail: str = "") -> Make:
    """A decision on the review desk about what `about` is the canary of."""

    def make(world: World, role: Role) -> Ask:
        key = str(getattr(world.here, name))
        return Ask(
            path=f"/admin/review/{key}{tail}",
            fields={"do": do, "reason": REASON, "rule": "other"},
            key=key,
            about=about,
        )

    return make


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
AUDIT_FIELDS: Final = ("since", "until", "actor", "action", "village", "kind", "number")
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
    "GET /admin": {**at("/admin"), **_regions("/admin?region=%s")},
    "GET /admin/notices": {**at("/admin/notices"), **_regions("/admin/notices?region=%s")},
    "GET /admin/notices/new": {**at("/admin/notices/new"), **_regions("/admin/notices/new?region=%s")},
    "POST /admin/notices/new": {"own": at("/admin/notices/new", title="停水", body="明天停水", audience="village", pinned="", pinned_until="", to="all", do="send")[""], "the village's": _notice_here},
    "GET /admin/notices/{key}": {"": _followed},
    "GET /admin/numbers/{what}.csv": at("/admin/numbers/weeks.csv"),
    "GET /admin/opening": at("/admin/opening?job=none"),
    "GET /admin/villages": {**at("/admin/villages"), **_regions("/admin/villages?region=%s")},
    "GET /admin/villages.csv": {**at("/admin/villages.csv"), **_regions("/admin/villages.csv?region=%s")},
    "POST /admin/villages": {"": _ticked},
    "GET /admin/villages/{region}": _own_village(),
    "POST /admin/villages/{region}/address": _own_village("/address", address="heping-er"),
    "POST /admin/villages/{region}/figure": _own_village("/figure", users="300", as_of="2026-01-01"),
    "POST /admin/villages/{region}/name": _own_village("/name", name="新禾坪村"),
    "POST /admin/villages/{region}/open-all": _regions("/admin/villages/%s/open-all"),
    "POST /admin/villages/{region}/state": _own_village("/state", do="open"),
    "GET /admin/people": {**at("/admin/people"), **_regions("/admin/people?region=%s")},
    "POST /admin/people": {**at("/admin/people", q="禾坪", state="verified"), "phone": at("/admin/people", q=PHONE_OF_SOMEBODY, state="verified")[""]},
    "POST /admin/people.csv": at("/admin/people.csv", q="禾坪", state="verified"),
    "GET /admin/people/{key}": {"author": _console_person(), "applicant": _console_person("applicant")},
    "POST /admin/people/{key}/decide": {"verify": _console_person("applicant", "/decide", do="verify", reason=""), "suspend": _console_person("author", "/decide", do="suspend", reason=REASON)},
    "POST /admin/people/{key}/reveal": {"": _console_person("author", "/reveal", why=REASON)},
    "GET /admin/review": {**at("/admin/review"), **_regions("/admin/review?region=%s")},
    "GET /admin/review/table.csv": {**at("/admin/review/table.csv"), **_regions("/admin/review/table.csv?region=%s")},
    "POST /admin/review/{key}": {"keep": _case("report", "keep", "report.note"), "hide": _case("report", "hide", "report.note"), "release": _case("held", "release", "post.held_reason"), "refuse": _case("held", "refuse", "post.held_reason"), "restore": _case("appeal", "restore", "appeal.words"), "uphold": _case("appeal", "uphold", "appeal.words")},
    "POST /admin/review/{key}/undo": {"": _case("report", "", "report.note", "/undo")},
    "GET /moderation": at("/moderation"),
    "GET /v/{village}/moderation": at(f"/v/{HERE}/moderation"),
    "GET /v/{village}/p/{key}/appeal": _posts(("hidden", "public_hidden", "village", "deleted"), "/appeal"),
    "POST /v/{village}/p/{key}/appeal": _posts(("hidden", "village", "deleted"), "/appeal", words="说的是真话"),
    "GET /v/{village}/c/{key}/appeal": _comments(KINDS, "/appeal"),
    "POST /v/{village}/c/{key}/appeal": _comments(("village", "public", "deleted"), "/appeal", words="说的是真话"),
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
    "GET /admin/audit": at("/admin/audit"),
    "GET /admin/audit/anchors": at("/admin/audit/anchors"),
    "POST /admin/audit/export": {kind: at("/admin/audit/export", format=kind, **dict.fromkeys(AUDIT_FIELDS, ""))[""] for kind in ("csv", "jsonl")},
    "GET /admin/audit/readers": at("/admin/audit/readers"),
    "POST /admin/audit/readers": {"": _reader},
    "POST /admin/audit/readers/{reader}": {"": lambda world, role: Ask(path=f"/admin/audit/readers/{world.reader}")},
    "GET /admin/profile": at("/admin/profile"),
    "GET /admin/profile/{profile}": at("/admin/profile/wecun2019"),
    "POST /admin/profile/{profile}": at("/admin/profile/wecun2019", was="cn2026", reason="换一换"),
    "GET /admin/jobs": at("/admin/jobs"),
    "POST /admin/jobs": {"retry": at("/admin/jobs", do="retry")[""], "discard": at("/admin/jobs", do="discard", task="nobody.knows", reason=REASON)[""]},
    "GET /admin/health": at("/admin/health"),
    "GET /admin/departments": at("/admin/departments"),
    "POST /admin/departments": at("/admin/departments", slug="shuili", name="水利局", about="", icon="droplet", hue="indigo"),
    "GET /admin/departments/{slug}": at(f"/admin/departments/{DEPARTMENT}"),
    "POST /admin/departments/{slug}": {"looks": at(f"/admin/departments/{DEPARTMENT}", name="农业局", about="", icon="tractor", hue="field")[""], "close": at(f"/admin/departments/{DEPARTMENT}", do="close")[""]},
    "POST /admin/departments/{slug}/editors": at(f"/admin/departments/{DEPARTMENT}/editors", phone="13900000001"),
    "POST /admin/departments/{slug}/editors/{editor}/end": {"": _editor_end},
    "GET /dept": at("/dept"),
    "GET /dept/{slug}": at(f"/dept/{DEPARTMENT}"),
    "GET /dept/{slug}/new": {"own": at(f"/dept/{DEPARTMENT}/new")[""], "other": at("/dept/wenlv/new")[""]},
    "POST /dept/{slug}/new": {"own": at(f"/dept/{DEPARTMENT}/new", kind="notice", title="通知", body="全县都看")[""], "other": at("/dept/wenlv/new", kind="notice", title="通知", body="全县都看")[""]},
    "GET /dept/{slug}/p/{key}": _dept(),
    "GET /dept/{slug}/p/{key}/edit": _dept("/edit"),
    "POST /dept/{slug}/p/{key}/edit": _dept("/edit", title="改", body="改一改", version="1"),
    "POST /dept/{slug}/p/{key}/state": _dept("/state", do="withdraw"),
    "GET /admin/roles": {**at("/admin/roles"), **_regions("/admin/roles?region=%s")},
    "GET /admin/roles.csv": _regions("/admin/roles.csv?region=%s"),
    "GET /admin/roles/template.csv": at("/admin/roles/template.csv"),
    "GET /admin/roles/new": at("/admin/roles/new"),
    "POST /admin/roles/new": _place_in_office(),
    "GET /admin/roles/{role}/revoke": _end_of_office(),
    "POST /admin/roles/{role}/revoke": _end_of_office(reason=REASON),
    "GET /admin/roles/import": at("/admin/roles/import"),
    "POST /admin/roles/import": at("/admin/roles/import", pasted="手机号,姓名,职务,区划代码\n13900000101,罗春秀,村管理员,510999001200"),
    "GET /admin/roles/import/{key}": at("/admin/roles/import/nobody-sent-this"),
    "POST /admin/roles/import/{key}": at("/admin/roles/import/nobody-sent-this"),
    "GET /admin/roles/import/{key}/result.csv": at("/admin/roles/import/nobody-sent-this/result.csv"),
    "GET /admin/settings": at("/admin/settings"),
    "GET /admin/settings/{region}": _regions("/admin/settings/%s"),
    "POST /admin/settings/{region}/{setting}": _regions("/admin/settings/%s/invite_days", fields={"invite_days": "30"}),
    "POST /admin/settings/{region}/{setting}/inherit": _regions("/admin/settings/%s/invite_days/inherit"),
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
    "GET /me/consent": at("/me/consent"),
    "POST /me/consent": {"give": at("/me/consent", purpose="service", do="give")[""], "withdraw": at("/me/consent", purpose="messages", do="withdraw")[""]},
    "GET /me/guardian": at("/me/guardian"),
    "POST /me/guardian": at("/me/guardian", born_year=str(today().year - 15), born_month="1"),
    "POST /me/guardian/code": at("/me/guardian/code"),
    "GET /admin/impact": at("/admin/impact"),
    "GET /admin/handbook": at("/admin/handbook"),
    "POST /admin/handbook": at("/admin/handbook", title="手册", body="第二版"),
    "POST /admin/handbook/remind": at("/admin/handbook/remind"),
    "POST /admin/handbook.csv": at("/admin/handbook.csv"),
    "GET /me/handbook": at("/me/handbook"),
    "POST /me/handbook": {"": _read_handbook},
    "GET /admin/tutors": at("/admin/tutors"),
    "POST /admin/tutors": at("/admin/tutors", phone=PHONE_OF_SOMEBODY),
    "POST /admin/tutors/{key}/end": {"": _tutor("/admin/tutors/%s/end", "tutor")},
    "GET /tutor": at("/tutor"),
    "POST /tutor/tours": {"": _plan_tour},
    "POST /tutor/tours/{key}": {"": _tutor("/tutor/tours/%s", "tour", attended="3", notes="问了照片")},
    "POST /tutor/words": {"": _write_for},
    "GET /me/written/{key}": {"": _tutor("/me/written/%s", "words")},
    "POST /me/written/{key}": {"": _tutor("/me/written/%s", "words", do="take", body="他说的话")},
    "GET /me/mail": at("/me/mail"),
    "POST /me/mail": at("/me/mail", address="name@county.example"),
    "POST /me/mail/confirm": at("/me/mail/confirm", code="000000"),
    "POST /me/mail/topics": at("/me/mail/topics", on="duty"),
    "POST /me/mail/remove": at("/me/mail/remove"),
    "GET /me/wards": at("/me/wards"),
    "POST /me/wards": {"": _answer_for},
    "GET /me/wards/{key}": {"": _ward("")},
    "POST /me/wards/{key}/export": {"": _ward("/export")},
    "POST /me/wards/{key}/download": {"": _ward("/download")},
    "POST /me/wards/{key}/consent": {"": _ward("/consent", do="give")},
    "POST /me/wards/{key}/erase": {"": _ward("/erase")},
    "POST /me/wards/{key}/keep": {"": _ward("/keep")},
    "POST /me/wards/{key}/end": {"": _ward("/end")},
    "GET /me/data/seen": at("/me/data/seen"),
    "GET /privacy/keeping": at("/privacy/keeping"),
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
    "GET /me/messages": at("/me/messages"),
    "POST /me/messages": at("/me/messages", begins="21", ends="6"),
    "GET /me/security": at("/me/security"),
    "POST /me/security": at("/me/security", **PASSWORD),
    "GET /me/security/second": at("/me/security/second"),
    "POST /me/security/second": at("/me/security/second", digits="000000", offer="", current="x", code=""),
    "POST /me/security/second/change": at("/me/security/second/change", do="renew", digits="000000"),
    "POST /me/security/sessions": {"others": at("/me/security/sessions", session="others")[""], "the author's": _end_session},
    "GET /media/{key}/{size}": {"private": _photo("private"), "unused": _photo("unused")},
    "GET /metrics": at("/metrics"),
    "GET /readyz": at("/readyz"),
    "GET /sign-in": at("/sign-in"),
    "POST /sign-in": {"": _sign_in},
    "GET /sign-in/code": at("/sign-in/code"),
    "POST /sign-in/code": {"": _code},
    "GET /sign-in/with/{way}": at("/sign-in/with/wechat"),
    "GET /sign-in/with/{way}/back": at("/sign-in/with/wechat/back?code=x&state=x"),
    "GET /sign-in/with/{way}/phone": at("/sign-in/with/wechat/phone"),
    "POST /sign-in/with/{way}/phone": at("/sign-in/with/wechat/phone", do="send", phone="13900000001", code=""),
    "POST /me/security/unlink": at("/me/security/unlink", identity="1"),
    "GET /sign-in/second": at("/sign-in/second"),
    "POST /sign-in/second": at("/sign-in/second", digits="000000", next=""),
    "GET /sign-in/second/new": at("/sign-in/second/new"),
    "POST /sign-in/second/new": at("/sign-in/second/new", digits="000000", offer="", next=""),
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
    "POST /v/{village}/members/{key}/look": {"": _young_look},
    "POST /v/{village}/members/{key}/place": {"": _place},
    "POST /v/{village}/members/{key}/reveal": {"": _member("author", "/reveal")},
    "POST /v/{village}/members/{key}/review": {"verify": _verify, "refuse": _member("applicant", "/review", do="refuse", reason=REASON)},
    "POST /v/{village}/members/{key}/state": {"suspend": _member("author", "/state", do="suspend", reason=REASON), "resume": _member("suspended", "/state", do="resume", reason=""), "left": _member("author", "/state", do="mark_left", reason=REASON), "of an admin": _member("admin", "/state", do="suspend", reason=REASON)},
    "GET /v/{village}/young": at(f"/v/{HERE}/young"),
    "POST /v/{village}/young": {"": _paper},
    "GET /v/{village}/young/paper": at(f"/v/{HERE}/young/paper"),
    "POST /v/{village}/young/change": {"end": _young_change("end"), "grown": _young_change("grown")},
    "GET /v/{village}/young/looks": at(f"/v/{HERE}/young/looks"),
    "POST /v/{village}/young/looks/{key}": {"": _decide_look},
    "GET /v/{village}/new": at(f"/v/{HERE}/new"),
    "POST /v/{village}/new": {"publish": at(f"/v/{HERE}/new", **WRITTEN)[""], "save": at(f"/v/{HERE}/new", **{**WRITTEN, "do": "save"})[""]},
    "GET /v/{village}/notices": at(f"/v/{HERE}/notices"),
    "GET /v/{village}/notices/new": at(f"/v/{HERE}/notices/new"),
    "POST /v/{village}/notices/new": at(f"/v/{HERE}/notices/new", **NOTICE),
    "GET /v/{village}/officials": at(f"/v/{HERE}/officials"),
    "POST /v/{village}/officials": {kind: _appoint(kind) for kind in ("village_admin", "township_admin", "county_admin")},
    "POST /v/{village}/officials/{role}/revoke": {"village": _dismiss("village"), "township": _dismiss("township"), "county": _dismiss("county")},
    "POST /v/{village}/officials/{role}/second": {office: _reset_second(office) for office in ("village", "township", "county")},
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
    "GET /v/{village}/p/{key}/loudspeaker": _posts(("notice", "public_notice", "village"), "/loudspeaker"),
    "GET /v/{village}/p/{key}/print": _posts(("notice", "public_notice", "village"), "/print"),
    "GET /v/{village}/p/{key}/share": _posts(ALL_POSTS, "/share"),
    "GET /v/{village}/held": at(f"/v/{HERE}/held"),
    "GET /v/{village}/reports": at(f"/v/{HERE}/reports"),
    "GET /live": {"": at("/live?once=1")[""]},
    "GET /v/{village}/live": {"": at(f"/v/{HERE}/live?once=1")[""]},
    "GET /manifest.webmanifest": at("/manifest.webmanifest"),
    "GET /sw.js": at("/sw.js"),
    "GET /robots.txt": at("/robots.txt"),
    "GET /offline": at("/offline"),
    "POST /v/{village}/drafts": at(f"/v/{HERE}/drafts", draft="notice", title="停水", draft_do="keep"),
    "GET /search": {**at("/search?q=CANARY"), "nothing": at("/search")[""]},
    "GET /v/{village}/search": {**at(f"/v/{HERE}/search?q=CANARY"), "nothing": at(f"/v/{HERE}/search")[""]},
    "GET /v/{village}/services": {**at(f"/v/{HERE}/services"), "searched": at(f"/v/{HERE}/services?q=信箱")[""]},
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
