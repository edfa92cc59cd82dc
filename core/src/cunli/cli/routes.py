"""`cunli routes`: what the site answers, and to whom. The permission tests are generated from the same list."""

from __future__ import annotations

import json
from typing import TypedDict

import click

from cunli.cli.context import load_settings
from cunli.web.app import plugin_path
from cunli.web.site import Site


class RouteLine(TypedDict):
    """One page of the list."""

    path: str
    methods: list[str]
    audience: str
    scope: str
    plugin: str | None
    name: str


def route_lines(site: Site) -> list[RouteLine]:
    """Every page of the site, sorted by path."""
    lines = [
        RouteLine(
            path=plugin_path(plugin, page),
            methods=sorted(page.methods),
            audience=str(page.audience),
            scope=page.scope,
            plugin=plugin,
            name=page.name,
        )
        for plugin, page in site.pages
    ]
    static = RouteLine(
        path="/static/{hash}/{path:path}",
        methods=["GET"],
        audience="everyone",
        scope="county",
        plugin=None,
        name="static",
    )
    return sorted([static, *lines], key=lambda line: (line["path"], line["methods"]))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def routes(as_json: bool) -> None:
    """List every route with its methods, audience and plugin."""
    lines = route_lines(Site(load_settings()))
    if as_json:
        click.echo(json.dumps(lines, ensure_ascii=False, indent=1))
        return
    for line in lines:
        click.echo(f"{','.join(line['methods']):9} {line['path']:48} {line['audience']:24} {line['plugin'] or ''}")
