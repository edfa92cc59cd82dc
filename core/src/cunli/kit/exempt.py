"""Rules of the higher levels that an author has a reason not to keep, written down beside the plugin."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Final

from cunli.kit.subject import Subject, Unusable

NAME: Final = "plugin-quality.toml"


def exemptions(subject: Subject, allowed: Iterable[str]) -> Mapping[str, str]:
    """The reason for each rule that need not hold; of a wheel, none. Raises `Unusable` for a file that is wrong.

    [exempt]
    "kit.K903" = "One of us moved away; we look for somebody."
    """
    path = subject.source / NAME if subject.source else None
    if path is None or not path.is_file():
        return {}
    try:
        said = tomllib.loads(path.read_text("utf-8")).get("exempt", {})
    except (OSError, ValueError) as exc:
        raise Unusable(f"{path} cannot be read: {exc}") from exc
    if not isinstance(said, dict):
        raise Unusable(f'{path}: [exempt] holds lines like "kit.K903" = "the reason"')
    strange = sorted(set(said) - set(allowed))
    if strange:
        raise Unusable(
            f"{path}: {strange[0]} is no rule that may be left out: only those of the levels good and excellent"
        )
    for rule, reason in said.items():
        if not isinstance(reason, str) or not reason.strip():
            raise Unusable(f"{path}: {rule} needs a reason, in words")
    return said
