"""The pages of the reference for authors that are made from code: names and events. See `scripts/docs.py`."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, Final

import cunli
from cunli import Event
from cunli.provide.kinds import ProviderKind
from scripts import plugin_api

HOMES: Final = {
    "cunli.plugin": "The plugin and what its hooks give back",
    "cunli.hooks": "Hooks and what they are handed",
    "cunli.web": "Pages and forms",
    "cunli.trust.policy": "Permissions",
    "cunli.compliance.kinds": "What is sensitive",
    "cunli.compliance.profile_now": "What is sensitive",
    "cunli.provide.chosen": "Providers",
    "cunli.provide.holidays": "Providers",
    "cunli.provide.kinds": "Providers",
    "cunli.provide.maps": "Providers",
    "cunli.provide.metrics": "Providers",
    "cunli.provide.offline": "Providers",
    "cunli.provide.paying": "Providers",
    "cunli.provide.payment": "Providers",
    "cunli.doors.payment_notices": "Providers",
    "cunli.plugin_answers": "Hooks and what they are handed",
    "cunli.plugin_data": "What is held about people",
    "cunli.plugin_setting": "Settings",
    "cunli.plugin_values": "Settings",
    "cunli.db": "Tables",
    "cunli.doors.reach": "Many villages at once",
    "cunli.clock": "Tasks and events",
    "cunli.doors.groups": "Officials and regions",
    "cunli.doors.offices": "Officials and regions",
    "cunli.doors.departments": "Officials and regions",
    "cunli.doors.telling": "Telling people",
    "cunli.doors.declared": "Telling people",
    "cunli.doors.acts": "Telling people",
    "cunli.doors.owner": "Telling people",
    "cunli.doors.photos": "Photos",
    "cunli.doors.files": "Documents and recordings",
    "cunli.doors.sealed": "Personal data",
    "cunli.trust.personal": "Personal data",
    "cunli.web.text": "Tasks and events",
    "cunli.web.tokens": "Personal data",
    "cunli.doors.tries": "Limits",
    "cunli.doors.money": "Money, paper and spreadsheets",
    "cunli.db.ledger": "Money, paper and spreadsheets",
    "cunli.doors.charts": "Charts",
    "cunli.doors.matters": "Tasks and events",
    "cunli.doors.outside": "Tasks and events",
    "cunli.doors.sheets": "Money, paper and spreadsheets",
    "cunli.jobs": "Tasks and events",
    "cunli.deid.found": "Personal data in texts",
    "cunli.deid.gate": "Personal data in texts",
    "cunli.deid.look": "Personal data in texts",
    "cunli.feed.entries": "The feed",
    "cunli.moderation": "The feed",
    "cunli.feed.events": "Tasks and events",
    "cunli.notify.events": "Tasks and events",
    "cunli.people.directory": "Who lives in a village",
    "cunli.people.events": "Tasks and events",
}
TABLES: Final = ("VillageModel", "LedgerLine")
MEMBERS: Final = {
    "Visit.site": "The assembled site. Not for plugins.",
    "Visit.request": "The request as Starlette knows it. What plugins need of it stands beside.",
    "Visit.session": "The session; none for somebody who is not signed in.",
    "Visit.village": "The village of the page, such as `visit.village.name` and `visit.village.url`; none on a page of the county.",
    "Visit.standing": "The membership of this person in this village; `visit.standing.verified`.",
    "Visit.page": "The page that was asked for.",
    "Visit.plugin": "Whose page it is.",
    "Visit.granted": "Capabilities that plugins granted to this person here.",
    "Visit.subjects": 'Which things of your slots are on the page: `visit.subjects["party.notice"] = ids`.',
    "Visit.values": "Reads settings; `visit.setting(…)` does the same.",
    "Visit.locale": "The language of the page: `zh_Hans`, `zh_Hant` or `en`.",
    "Visit.look": "How this person wants pages to look; `visit.look.mode` is `elder` in 大字版.",
    "Visit.settings": "The settings of the deployment. Not for plugins.",
    "Visit.person": "Who asks; none for somebody who is not signed in.",
    "Visit.path_params": "What stands in the holes of the path: `/letters/{key}`.",
    "Visit.query": "What stands behind the question mark.",
    "Visit.path": "The path of this page.",
    "Form.key": "Names this sending of the form; a form sent twice has the same.",
    "Form.errors": "What is wrong, by field; a form without errors is true: `if not form: …`",
    "Form.values": "What was typed, by field.",
    "Form.has": "Whether the field was sent at all.",
    **{
        f"{table}.{name}": "As in Tortoise, and refuses rows of another village."
        for table in TABLES
        for name in ("save", "delete", "refresh_from_db", "get_or_create", "update_or_create")
    },
    **{f"{table}.on_merge": "What becomes of two rows that clash when villages merge." for table in TABLES},
    **{f"{table}.follows": "Keys along which rows go when a village is split." for table in TABLES},
    "Page.methods": "`GET`, `POST` or both.",
}


def words_of_fields(kind: type) -> dict[str, str]:
    """What the source says below each field of a class and of its bases."""
    told: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.split(".")[0] == "cunli":
            body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
            told |= dict(told_below(body.body if isinstance(body, ast.ClassDef) else ()))
    return told


def told_below(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Each field that has a string right below it, with that string."""
    last = ""
    for statement in body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            last = statement.target.id
        elif last and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            yield last, inspect.cleandoc(str(statement.value.value))
            last = ""
        else:
            last = ""


# -- names ---------------------------------------------------------------------------------------------------------------


def api_page() -> str:
    """Every name that `cunli` promises, with what it holds."""
    lines = [
        "# Names",
        "",
        "A plugin imports from `cunli` itself: `from cunli import Page, Plugin, hookimpl`. These names are",
    ]
    lines += ["promised, see [versions](../explanation/versions.md); nothing else is.", ""]
    lines += [
        "An error that is named below and has no entry of its own is not to be caught: `NoScope` and `WrongVillage` are mistakes of",
        "the plugin, `Forbidden` is answered with a page, `NotPossible` is a `PaymentError`. Where there is nothing, a view raises",
        "`starlette.exceptions.HTTPException(404)`.",
        "",
    ]
    for caption in dict.fromkeys(HOMES.values()):
        names = sorted(n for n in cunli.__all__ if HOMES.get(_home(n)) == caption)
        lines += [f"## {caption}", ""]
        for name in names:
            lines += _name(name, getattr(cunli, name))
    strange = [n for n in cunli.__all__ if _home(n) not in HOMES and n != "__version__"]
    if strange:
        raise SystemExit(f"say in scripts/reference.py under which heading of the reference these belong: {strange}")
    return "\n".join(lines)


def _home(name: str) -> str:
    return "cunli.plugin_setting" if name == "gettext" else cunli._HOME.get(name, "")


def _name(name: str, what: Any) -> list[str]:
    lines = [f"### {name}", ""]
    if inspect.isclass(what):
        lines += [doc(what), ""]
        lines += _members(name, what)
    elif inspect.isfunction(what):
        shown = plugin_api._function(name, what)
        lines += ["```", shown.replace("Callable[..., Any]", "…"), "```", "", doc(what), ""]
    elif isinstance(what, ProviderKind):
        lines += [f"The kind `{what.id}`, for `provider_of(…)`. {what.used} See [providers](providers.md).", ""]
    elif name == "Text":
        lines += [
            "What people read: a `str`, or what `gettext` gives, which becomes text in the language of its reader.",
            "",
        ]
    elif name == "hookimpl":
        lines += ["Put `@hookimpl` above every method of a plugin that is a hook.", ""]
    elif isinstance(what, frozenset):
        lines += [f"Kinds of files, for `take_file(…)`: {', '.join(sorted(what))}. See [limits](limits.md#files).", ""]
    else:
        lines += [f"An audience for `Page(to=…)`: {_audience(name)}.", ""]
    return lines


def _audience(name: str) -> str:
    told = {
        "EVERYONE": "everybody, signed in or not",
        "SIGNED_IN": "people who signed in",
        "MEMBER": "verified villagers of the village, and officials of it or above it",
    }
    return told[name]


def doc(what: Any) -> str:
    return inspect.cleandoc(what.__doc__ or "")


def _members(name: str, what: type) -> Iterator[str]:
    told, rows = words_of_fields(what), []
    for line in plugin_api._named(f"cunli.{name}", what):
        shown = line.removeprefix(f"cunli.{name}").removeprefix(".")
        if shown == ": class" or any(shown.split(":")[0] == other for other in ("village_id",) if name in TABLES):
            continue
        member = plugin_api.name_of(line).rpartition(".")[2]
        rows.append((shown, told.get(member) or MEMBERS.get(f"{name}.{member}") or _first_line(what, member)))
    if any(said for _, said in rows):
        yield from ("| member | what it is |", "|---|---|")
        yield from (f"| `{cell(shown)}` | {cell(said)} |" for shown, said in dict.fromkeys(rows))
        yield ""
    elif rows:  # the words above say it all
        yield from ("```", *(shown for shown, _ in dict.fromkeys(rows)), "```", "")


def _first_line(what: type, member: str) -> str:
    found = inspect.getattr_static(what, member, None)
    found = getattr(found, "__func__", None) or getattr(found, "fget", None) or getattr(found, "func", None) or found
    return doc(found).split("\n\n")[0].replace("\n", " ") if inspect.isfunction(found) else ""


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# -- events --------------------------------------------------------------------------------------------------------------


def events_page() -> str:
    """Every event of the core with its fields."""
    lines = [
        "# Events",
        "",
        "Facts after the commit. [How to subscribe to them, and to tell others your own](../howto/event.md).",
        "",
    ]
    for name in cunli.__all__:
        kind = getattr(cunli, name)
        if inspect.isclass(kind) and issubclass(kind, Event) and kind is not Event:
            told = words_of_fields(kind)
            lines += [
                f"## {name}",
                "",
                doc(kind),
                "",
                f"Stored as `{kind.kind}`.",
                "",
                "| field | type | what it is |",
                "|---|---|---|",
            ]
            lines += [f"| `{f}` | `{cell(t)}` | {cell(told.get(f, ''))} |" for f, t in fields_of(kind).items()]
            lines.append("")
    return "\n".join(lines)


def fields_of(kind: type) -> dict[str, str]:
    """The fields of a dataclass with their types as they are written; those of the base last."""
    own: dict[str, str] = {}
    for base in kind.__mro__:
        if base.__module__.split(".")[0] == "cunli":
            own |= {n: str(t) for n, t in inspect.get_annotations(base).items() if not str(t).startswith("ClassVar")}
    return own
