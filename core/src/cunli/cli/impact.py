"""`cunli impact`: the template of the assessment that 个人信息保护法 55 asks for, with the facts of this site and blanks for the county."""

from __future__ import annotations

from collections.abc import Iterator

import click

from cunli.cli.context import load_settings
from cunli.clock import today
from cunli.compliance.impact import KEPT_YEARS, Activity, Impact
from cunli.compliance.impact import impact as made
from cunli.web.site import load_plugins

BLANK = "________________________________"


@click.command()
def impact() -> None:
    """Print the impact assessment as Markdown, to be filled in, signed and kept for three years."""
    settings = load_settings()
    click.echo("\n".join(_lines(made(settings, load_plugins(settings)))))


def _lines(found: Impact) -> Iterator[str]:
    yield f"# 个人信息保护影响评估（{today():%Y-%m-%d}）\n"
    yield f"依据个人信息保护法第五十五条、第五十六条。填好、签字，至少留 {KEPT_YEARS} 年。\n"
    yield f"县：{BLANK}　负责人：{BLANK}　评估人：{BLANK}　日期：{BLANK}\n"
    for number, one in enumerate(found.activities, 1):
        yield from _activity(number, one, found.questions)
    yield "## 委托别人处理的\n"
    yield from (f"- {what}：{who}。合同：{BLANK}　监督：{BLANK}" for what, who in found.handed_out)
    yield "" if found.handed_out else "没有。\n"
    yield "## 插件\n"
    for use in found.plugins:
        marks = [*(["存个人信息"] if use.keeps else []), *use.sensitive]
        yield f"- {use.label}（{use.name}）：{use.summary}。{'、'.join(marks)}。评估：{BLANK}"
    yield "" if found.plugins else "没有存个人信息的插件。\n"
    yield f"## 结论\n\n□ 可以　□ 补了再办　□ 不办　　意见：{BLANK}\n\n负责人签字：{BLANK}　日期：{BLANK}"


def _activity(number: int, one: Activity, questions: tuple[str, ...]) -> Iterator[str]:
    yield f"## {number}. {one.purpose}\n"
    for held in one.held:
        sealed = f"；加密：{'、'.join(held.sealed)}" if held.sealed else ""
        yield f"- {held.label}：{'、'.join(held.what)}。谁看：{'；'.join(held.seen)}。留多久：{'；'.join(held.kept)}{sealed}"
    if one.sensitive:
        yield f"\n敏感个人信息：{'、'.join(one.sensitive)}"
    if one.published:
        yield f"\n公开的：{'、'.join(one.published)}"
    yield ""
    yield from (f"{question}：{BLANK}\n" for question in questions)
