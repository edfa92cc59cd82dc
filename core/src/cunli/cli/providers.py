"""`cunli providers`: for each kind which are chosen, and what could be."""

from __future__ import annotations

import json
from typing import TypedDict

import click

from cunli.cli import run
from cunli.cli.context import load_settings
from cunli.provide import chosen, trying
from cunli.provide.kinds import PROVIDER_KINDS


class KindLine(TypedDict):
    """One kind of provider. `installed` gives for each name the distribution that brings it; `wrong` is empty when all is well."""

    kind: str
    setting: str
    chosen: list[str]
    installed: dict[str, str]
    used_for: str
    wrong: str


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def providers(ctx: click.Context, as_json: bool) -> None:
    """List the kinds of providers: the setting that chooses, what is chosen, what is installed. Exits 1 when one is wrong."""
    if ctx.invoked_subcommand is None:
        _list(as_json)


def _list(as_json: bool) -> None:
    settings = load_settings()
    lines = [
        KindLine(
            kind=kind.id,
            setting=kind.setting,
            chosen=list(chosen.names_in(kind, settings)),
            installed=chosen.installed(kind),
            used_for=kind.used,
            wrong=chosen.usable(kind, settings),
        )
        for kind in PROVIDER_KINDS
    ]
    if as_json:
        click.echo(json.dumps(lines, ensure_ascii=False, indent=1))
    else:
        for line in lines:
            _print(line)
    raise SystemExit(1 if any(line["wrong"] for line in lines) else 0)


@providers.command("try")
@click.argument("kind", type=click.Choice(sorted(trying.TRIALS)))
@click.option(
    "--to", "to", default="", help="Who gets it: a phone number for codes; for channels an e-mail address, an openid."
)
@click.option("--through", "through", default="", help="For channels: which one, where the settings have several.")
def try_out(kind: str, to: str, through: str) -> None:
    """Ask the chosen provider of KIND for real, and say in words how that went. Exits 1 when it did not work."""
    settings = load_settings()
    said = run(trying.channel(settings, to, through) if kind == "channels" else trying.TRIALS[kind](settings, to))
    click.echo(f"{'ok' if said.worked else 'WRONG'}: {said.words}")
    raise SystemExit(0 if said.worked else 1)


def _print(line: KindLine) -> None:
    click.echo(f"{line['kind']:10} {line['setting']} = {', '.join(line['chosen']) or 'none'}")
    click.echo(f"           {line['used_for']}")
    names = [name if brings == "cunli" else f"{name} ({brings})" for name, brings in sorted(line["installed"].items())]
    click.echo(f"           installed: {', '.join(names)}")
    if line["wrong"]:
        click.echo(f"           WRONG: {line['wrong']}")
