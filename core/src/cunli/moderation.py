"""Looking at what somebody is about to publish: the verdict, and the service that gives one for the whole county.

A service is a provider: packages offer one as a factory under the entry point group `cunli.moderation`, and the county names it
in the setting `moderation`. Plugins of a village say their verdict by the hook `review_post`; the strictest counts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

from cunli.settings import Settings, SettingsError
from cunli.web.i18n import LazyText, _

if TYPE_CHECKING:
    from typing import Self

DEADLINE: Final = 2.0  # seconds
LONGEST_REASON: Final = 200
STRICTNESS: Final = ("allow", "hold", "refuse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to become of something that somebody wants to publish. Made by `allow`, `hold` and `refuse`.

    The reason is a sentence for the author: what is wrong, and what to do.
    """

    says: Literal["allow", "hold", "refuse"] = "allow"
    reason: str | LazyText = ""

    def __post_init__(self) -> None:
        if self.says not in STRICTNESS:
            raise ValueError(f"a verdict is one of {', '.join(STRICTNESS)}, not {self.says!r}")
        if self.says != "allow" and not str(self.reason).strip():
            raise ValueError("a verdict that holds or refuses says why, to the author")
        if len(str(self.reason)) > LONGEST_REASON:
            raise ValueError(f"a reason has at most {LONGEST_REASON} characters")

    @classmethod
    def allow(cls) -> Self:
        """Publish it."""
        return cls()

    @classmethod
    def hold(cls, reason: str | LazyText) -> Self:
        """Publish it only once an official of the village has looked at it."""
        return cls(says="hold", reason=reason)

    @classmethod
    def refuse(cls, reason: str | LazyText) -> Self:
        """Do not take it: the form comes back with the reason, and nothing of it is lost."""
        return cls(says="refuse", reason=reason)


ALLOWED: Final = Verdict.allow()


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """The one that counts; among equals the first."""
    return max(verdicts, key=lambda one: STRICTNESS.index(one.says), default=ALLOWED)


class Moderation(Protocol):
    """Looks at words before they are published. Packages offer one as a factory under the entry point group `cunli.moderation`.

    def aliyun(settings: Settings) -> Moderation: ...
    """

    async def review(self, text: str) -> Verdict:
        """The verdict on a title and a body. After two seconds, or when it raises, the text is held for an official."""
        ...


class Words:
    """In the box: a file of words. Each line is a word and `hold` or `refuse`; empty lines and `#` comments are skipped.

    Letter case, width, spaces and signs make no difference: "赌 博" and "赌-博" are found by "赌博".
    """

    def __init__(self, settings: Settings) -> None:
        if not settings.moderation_words:
            raise SettingsError(["moderation “words” needs moderation_words: the path of the file with the words"])
        self._words = tuple(_read(Path(settings.moderation_words)))

    async def review(self, text: str) -> Verdict:
        plain = _plain(text)
        return strictest(_verdict(word, says) for word, bare, says in self._words if bare in plain)


def _verdict(word: str, says: str) -> Verdict:
    if says == "refuse":
        return Verdict.refuse(_("里面有不能发的话：“%(word)s”。改一改再发", word=word))
    return Verdict.hold(_("里面有要村里先看一看的话：“%(word)s”", word=word))


def _read(path: Path) -> Iterable[tuple[str, str, str]]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError([f"moderation_words: {path} cannot be read as UTF-8: {exc}"]) from None
    wrong = []
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, _blank, says = line.strip().rpartition(" ")
        if says not in ("hold", "refuse") or not _plain(word) or len(word) > 60:
            wrong.append(
                f"moderation_words: {path} line {number}: write a word (at most 60 characters), a space, and hold or refuse"
            )
        found.append((word.strip(), _plain(word), says))
    if wrong:
        raise SettingsError(wrong[:20])
    return found


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())
