"""Where templates of themes run: they read what pages give them, call macros and the words of the site, and change nothing.

Behind the rules of `theme_words.py`, which refuse a theme before it is drawn at all: this is the second net.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cunli.web.theme_words import FILTERS, VISIT
from cunli.web.visit import Visit


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment whose templates reach nothing that they were not meant to see. What they may not is an error."""

    def keep_allowed_filters(self) -> None:
        """Take away every filter that themes may not use."""
        self.filters = {name: known for name, known in self.filters.items() if name in FILTERS}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """As jinja2 says, and of a visit only what is listed: not its request, its session or the site."""
        if isinstance(obj, Visit) and attr not in VISIT:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def is_safe_callable(self, obj: Any) -> bool:
        """No class is called: templates make nothing."""
        return not isinstance(obj, type) and super().is_safe_callable(obj)


class Mixed(jinja2.BaseLoader):
    """Templates of themes are compiled for the sandbox, all others as ever, and each finds the other by its name."""

    careful_env: jinja2.Environment
    trusted_env: jinja2.Environment

    def __init__(self, careful: jinja2.BaseLoader, trusted: jinja2.BaseLoader) -> None:
        self.careful = careful
        self.trusted = trusted

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The theme's own source first."""
        try:
            return self.careful.get_source(environment, template)
        except jinja2.TemplateNotFound:
            return self.trusted.get_source(environment, template)

    def load(
        self, environment: jinja2.Environment, name: str, globals: MutableMapping[str, Any] | None = None
    ) -> jinja2.Template:
        """A template for the environment that it belongs to, whichever asked for it."""
        try:
            return self.careful.load(self.careful_env, name, self.careful_env.globals)
        except jinja2.TemplateNotFound:
            return self.trusted.load(self.trusted_env, name, self.trusted_env.globals)

    def list_templates(self) -> list[str]:
        return sorted({*self.careful.list_templates(), *self.trusted.list_templates()})
