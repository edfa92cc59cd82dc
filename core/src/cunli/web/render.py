"""Templates: one synchronous environment per locale, constant messages folded in, everything escaped unless it is `Markup`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeVar

import jinja2
import structlog
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from cunli import db
from cunli.doors.chart_shapes import SHAPES
from cunli.doors.money import yuan
from cunli.doors.sheets import qr
from cunli.web import i18n, times
from cunli.web.sandbox import Mixed, Sandbox
from cunli.web.shell import shell_of
from cunli.web.static import StaticFiles

T = TypeVar("T")
SPOKEN: Final = ("_", "gettext", "ngettext")
log = structlog.get_logger("cunli.web")
Pure = Mapping[str, Callable[[str], str]]  # functions of one text that give the same for as long as the process runs


class _Fold(NodeTransformer):
    """Replace `_("constant")`, `icon("constant")` … by what they give: as fast as literal text (a call costs 30 times as much).

    Messages of a plugin's templates that are no constants are called by a name of the plugin's own (`spoken`).
    """

    def __init__(self, pure: Pure, spoken: Mapping[str, str]) -> None:
        self.pure = pure
        self.spoken = spoken

    def visit_Name(self, node: nodes.Name, *args: Any, **kwargs: Any) -> nodes.Name:  # noqa: N802 jinja2's name
        if node.ctx == "load" and node.name in self.spoken:
            node.name = self.spoken[node.name]
        return node

    def visit_Output(self, node: nodes.Output, *args: Any, **kwargs: Any) -> nodes.Output:  # noqa: N802 jinja2's name
        self.generic_visit(node, *args, **kwargs)
        node.nodes = [
            nodes.TemplateData(str(n.value), lineno=n.lineno)
            if isinstance(n, nodes.Const) and isinstance(n.value, Markup)
            else n
            for n in node.nodes
        ]
        return node

    def visit_Call(self, node: nodes.Call, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802 jinja2's name
        pure = self.pure.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        self.generic_visit(node, *args, **kwargs)
        if pure and len(node.args) == 1 and not node.kwargs and isinstance(node.args[0], nodes.Const):
            return nodes.Const(escape(pure(str(node.args[0].value))), lineno=node.lineno)
        return node


class _CompiledOnce(jinja2.BytecodeCache):
    """Compiled templates of this process: environments of the same locale and catalogue need not compile them again."""

    _kept: ClassVar[dict[tuple[str, str], bytes]] = {}

    def __init__(self, flavour: str) -> None:
        self.flavour = flavour

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return f"{self.flavour}:{super().get_cache_key(name, filename)}"

    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := self._kept.get((bucket.key, bucket.checksum))) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


class LocaleEnvironment(jinja2.Environment):
    """The environment of one locale."""

    words: i18n.Catalogue = i18n.Catalogue()
    pure: Pure = MappingProxyType({})
    of_plugin: Mapping[str, Pure] = MappingProxyType({})  # the messages of each plugin's own templates

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own mapping: jinja2's chain of two costs a lookup in Python for each name of each render."""
        return super().make_globals(d) if d else self.globals

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        plugin = (name or "").partition("/")[0]
        own = self.of_plugin.get(plugin)
        spoken = {one: f"{one}_of_{plugin}" for one in SPOKEN} if own else {}
        folded: nodes.Template = _Fold({**self.pure, **(own or {})}, spoken).visit(tree)
        return folded


def _message(words: i18n.Catalogue) -> Callable[..., Markup]:
    def gettext(text: str, /, **params: Any) -> Markup:
        found = escape(words.gettext(text))
        return found % params if params else found

    return gettext


def _plural(words: i18n.Catalogue) -> Callable[..., Markup]:
    def ngettext(one: str, many: str, /, n: int, **params: Any) -> Markup:
        return escape(words.ngettext(one, many, n)) % {"n": n, "num": n, **params}

    return ngettext


def _icon(sprite: str) -> Callable[[str], Markup]:
    @functools.cache
    def icon(name: str) -> Markup:
        """One icon of the theme's sprite; filled ones are the chosen state."""
        kind = "i i--fill" if name.endswith("-filled") else "i"
        return Markup('<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>').format(kind, sprite, name)

    return icon


class CarefulEnvironment(Sandbox, LocaleEnvironment):
    """The environment of one locale for templates of themes."""


class Templates:
    """Finds and renders templates: theme, its base, then `<plugin>/…`, then the core's own.

    Those found by `careful` come first and run in a sandbox. When something fails, `instead` draws, where there is one.
    """

    def __init__(
        self,
        loaders: Sequence[jinja2.BaseLoader],
        static: StaticFiles,
        extra: Mapping[str, Any],
        *,
        careful: jinja2.BaseLoader | None = None,
        instead: Templates | None = None,
    ) -> None:
        self.instead = instead
        self.failed: dict[str, str] = {}  # templates that `instead` had to draw, and why
        self._environments: dict[str, LocaleEnvironment] = {}
        for locale in i18n.LOCALES:
            loader: jinja2.BaseLoader = jinja2.ChoiceLoader(list(loaders))
            if careful is not None:
                loader = mixed = Mixed(careful, loader)
                mixed.careful_env = self._environment(CarefulEnvironment, locale, mixed, static, extra)
                mixed.trusted_env = self._environments[locale] = self._environment(
                    LocaleEnvironment, locale, mixed, static, extra
                )
                mixed.careful_env.globals = mixed.trusted_env.globals
            else:
                self._environments[locale] = self._environment(LocaleEnvironment, locale, loader, static, extra)

    def _environment(
        self,
        kind: type[LocaleEnvironment],
        locale: str,
        loader: jinja2.BaseLoader,
        static: StaticFiles,
        extra: Mapping[str, Any],
    ) -> LocaleEnvironment:
        words = i18n.catalogue(locale)
        env = kind(
            loader=loader,
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=_CompiledOnce(f"{kind.__name__}-{locale}-{words.seal()}-{static.hash}"),
        )
        env.words = words
        gettext, icon = _message(words), _icon(static.url("icons.svg"))
        env.pure = {"_": gettext, "gettext": gettext, "icon": icon, "static": static.url}
        env.globals |= {
            "_": gettext,
            "gettext": gettext,
            "ngettext": _plural(words),
            "static": static.url,
            "locale": locale,
        }
        env.globals |= {
            "icon": icon,
            "when": times.when,
            "day": times.day,
            "exact": times.exact,
            "qr": qr,
            "chart_shapes": SHAPES,
        }
        env.of_plugin = of_plugin = {}
        for plugin, own in words.own.items():
            said = _message(own)
            of_plugin[plugin] = {"_": said, "gettext": said}
            env.globals |= dict(zip((f"{one}_of_{plugin}" for one in SPOKEN), (said, said, _plural(own)), strict=True))
        env.globals |= {"lang": i18n.HTML_LANG[locale], "locales": i18n.LOCALES, **extra}
        env.globals["shell"] = shell_of(env)
        env.filters |= {
            "when": times.when,
            "day": times.day,
            "full_day": times.full_day,
            "exact": times.exact,
            "iso": times.iso,
            "yuan": yuan,
        }
        if isinstance(env, Sandbox):
            env.keep_allowed_filters()
        return env

    def environment(self, locale: str) -> LocaleEnvironment:
        return self._environments[locale]

    def render(self, name: str, context: Mapping[str, Any], *, block: str | None = None) -> str:
        """Render a template, or one block of it, in the running request's locale. Never inside a unit."""
        if block is not None:
            return self.blocks(name, context, [block])[0]
        return self._drawn(name, lambda template: template.render(context))

    def blocks(self, name: str, context: Mapping[str, Any], wanted: Sequence[str]) -> list[str]:
        """Some blocks of a template, without what stands around them."""

        def draw(template: jinja2.Template) -> list[str]:
            values = template.new_context(dict(context))
            return ["".join(template.blocks[block](values)) for block in wanted]

        return self._drawn(name, draw)

    def around(self, name: str, context: Mapping[str, Any], inside: Mapping[str, str]) -> str:
        """A template with these texts in the place of its blocks."""

        def draw(template: jinja2.Template) -> str:
            values = template.new_context(dict(context))
            for block, text in inside.items():
                values.blocks[block] = [functools.partial(_said, text)]
            return "".join(template.root_render_func(values))

        return self._drawn(name, draw)

    def _drawn(self, name: str, draw: Callable[[jinja2.Template], T]) -> T:
        db.refuse_in_unit("rendering a template")
        try:
            return draw(self._environments[i18n.current_locale()].get_template(name))
        except Exception as exc:  # whatever a theme does wrong, people get their page
            if self.instead is None:
                raise
            if name not in self.failed:
                self.failed[name] = f"{type(exc).__name__}: {exc}"[:200]
                log.warning("a theme could not draw a template", template=name, error=type(exc).__name__)
        return self.instead._drawn(name, draw)


def _said(text: str, _: object) -> Iterator[str]:
    yield text
