"""`cunli breach`: the notices that the law asks for when personal data leaked, was changed or was lost (个人信息保护法 57).

It writes the words and sends nothing: who is told, and by which way, people decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import click

from cunli.cli.context import fail
from cunli.clock import now, village_zone

HAPPENED: Final = {"leaked": "泄露", "changed": "被篡改", "lost": "丢失"}
LONGEST: Final = 2000
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """What article 57 wants said, in the words of whoever answers for it."""

    county: str
    happened: tuple[str, ...]
    maybe: bool
    found: datetime
    people: int
    kinds: str
    cause: str
    harm: str
    done: str
    advice: str
    contact: str

    @property
    def event(self) -> str:
        return ("可能" if self.maybe else "") + "、".join(HAPPENED[one] for one in self.happened)

    @property
    def day(self) -> str:
        return f"{self.found.year}年{self.found.month}月{self.found.day}日{self.found.hour}时{self.found.minute:02}分"


def to_authority(about: Breach) -> str:
    """For 履行个人信息保护职责的部门, with the numbers of article 57."""
    return "\n".join(
        (
            "个人信息安全事件报告",
            "",
            f"报告单位：{about.county}",
            f"发现时间：{about.day}",
            f"涉及人数：约 {about.people} 人",
            "",
            "根据《中华人民共和国个人信息保护法》第五十七条，报告如下：",
            "",
            "一、信息种类、原因和可能造成的危害",
            f"（一）发生了什么：个人信息{about.event}",
            f"（二）信息种类：{about.kinds}",
            f"（三）原因：{about.cause}",
            f"（四）可能造成的危害：{about.harm}",
            "",
            "二、补救措施和个人可以采取的减轻危害的措施",
            f"（一）已经采取的补救措施：{about.done}",
            f"（二）个人可以采取的措施：{about.advice}",
            "",
            f"三、联系方式：{about.contact}",
            "",
            f"{about.county}（盖章）",
            "      年   月   日",
        )
    )


def to_people(about: Breach) -> str:
    """For those whose data it is, in words that can be read over the loudspeaker."""
    return "\n".join(
        (
            "告诉乡亲一件事：个人信息" + ("可能出了问题" if about.maybe else "出了问题"),
            "",
            f"{about.day}，我们发现一部分乡亲的个人信息{about.event}，其中可能有您的。对不起。",
            "",
            f"是哪些信息：{about.kinds}",
            f"为什么会这样：{about.cause}",
            f"可能有什么害处：{about.harm}",
            "",
            f"我们做了什么：{about.done}",
            f"您可以做什么：{about.advice}",
            "",
            "我们不会打电话向您要密码、验证码，也不会要您转账。有人这样要，是骗子。",
            "",
            f"有事找我们：{about.contact}",
            "",
            about.county,
        )
    )


def _words(_: click.Context, option: click.Parameter, value: str) -> str:
    text = " ".join(value.split())
    if not text or len(text) > LONGEST:
        raise click.BadParameter(f"1 to {LONGEST} characters: the law wants it said", param=option)
    return text


def _asked(name: str, prompt: str) -> Callable[[Command], Command]:
    return click.option(name, prompt=prompt, callback=_words, help=f"{prompt}.")


@click.command()
@_asked("--county", "Who answers for the data, as it signs")
@click.option(
    "--happened",
    type=click.Choice(list(HAPPENED)),
    multiple=True,
    required=True,
    help="What happened; may be repeated.",
)
@click.option("--maybe", is_flag=True, help="It is not certain yet; the law wants it told all the same.")
@click.option(
    "--found", type=click.DateTime(["%Y-%m-%d %H:%M"]), prompt="When it was found, YYYY-MM-DD HH:MM", help="When."
)
@click.option("--people", type=click.IntRange(1), prompt="How many people, about", help="How many people, about.")
@_asked("--kinds", "Which kinds of data (docs/reference/data-map.md)")
@_asked("--cause", "Why it happened")
@_asked("--harm", "What harm may come of it")
@_asked("--done", "What was done about it")
@_asked("--advice", "What people can do to lessen the harm")
@_asked("--contact", "Whom to ask, with a phone")
@click.option(
    "--for",
    "reader",
    type=click.Choice(["authority", "people", "both"]),
    default="both",
    help="Which of the two notices.",
)
def breach(reader: str, **said: Any) -> None:
    """Write the notices of a breach of personal data, to the authority and to the people, with what 个人信息保护法 57 asks for.

    Words that are not given are asked for. Nothing is sent and nothing is kept. Name nobody in it.
    """
    about = Breach(**said)
    if about.found.replace(tzinfo=village_zone()) > now():
        fail("it cannot have been found later than now")
    texts = {"authority": to_authority(about), "people": to_people(about)}
    wanted = list(texts) if reader == "both" else [reader]
    click.echo(f"\n\n{'=' * 40}\n\n".join(texts[one] for one in wanted))
    click.echo(
        "\nTell the authority at once. The people may be left untold only if what was done avoids the harm, and the authority may"
        " ask for it all the same (57). Other rules on network incidents may set hours: ask your 网信 office.",
        err=True,
    )
