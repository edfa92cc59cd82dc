"""The list of routes that everything here is made from is the list of what really answers (AZ-1, AZ-2)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from cunli.testing.live import DATA_KEY, settings_for
from cunli.web.app import App, UnguardedRoute, create_app, seal
from cunli.web.gate import Gate

ROOT = Path(__file__).resolve().parents[2]


def printed(folder: Path) -> set[tuple[str, str, str]]:
    """What `cunli routes --json` says: method, path, audience."""
    environment = {**os.environ, "CUNLI_DEV": "true", "CUNLI_DATA_KEY": DATA_KEY}
    command = [sys.executable, "-m", "cunli", "routes", "--json"]
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return {(m, line["path"], line["audience"]) for line in json.loads(done.stdout) for m in line["methods"]}


def answering(app: App) -> set[tuple[str, str, str]]:
    """What the router would answer, found by walking it."""
    found: set[tuple[str, str, str]] = set()
    for route in app.router.routes:
        assert isinstance(route, Route), route
        if isinstance(route.endpoint, Gate):
            found |= {(m, route.path, str(page.audience)) for m, page in route.endpoint.pages.items()}
        else:
            found |= {(m, route.path, "everyone") for m in route.methods or () if m != "HEAD"}
    return found


def test_the_printed_list_is_what_the_router_answers(tmp_path: Path) -> None:
    app = create_app(settings_for("sqlite:///unused.db", tmp_path))
    listed = printed(tmp_path)
    assert listed == answering(app)
    assert len(listed) > 80
    app.router.routes.append(Route("/stray", lambda request: PlainTextResponse("x"), methods=["GET"]))
    assert answering(app) - listed == {("GET", "/stray", "everyone")}


@pytest.mark.parametrize(
    "stray", [Route("/stray", lambda request: PlainTextResponse("x")), Mount("/mounted", routes=[])]
)
def test_a_route_that_states_no_audience_stops_the_start(tmp_path: Path, stray: Route | Mount) -> None:
    app = create_app(settings_for("sqlite:///unused.db", tmp_path))
    seal(app.router)
    app.router.routes.append(stray)
    with pytest.raises(UnguardedRoute):
        seal(app.router)


def test_the_written_list_of_routes_is_the_real_one() -> None:
    """docs/reference/routes.md is made by scripts/docs.py; a route that nobody reviewed is a difference."""
    environment = {**os.environ, "CUNLI_DEV": "true", "CUNLI_DATA_KEY": DATA_KEY}
    code = (
        "import sys; sys.path.insert(0, 'scripts'); import docs; sys.stdout.write(docs.pages()['reference/routes.md'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True)
    written = ROOT / "docs/reference/routes.md"
    assert written.exists(), "make docs"
    assert written.read_text("utf-8") == done.stdout.decode(), "make docs, and review what is new"
