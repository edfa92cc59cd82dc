"""What search engines are told."""

from __future__ import annotations

from cunli.testing.live import LiveSite
from cunli.web.pages import EVERYONE, MEMBER, Page


async def test_search_engines_are_told_what_is_no_page_for_them_and_where_lists_are(site: LiveSite) -> None:
    answer = await site.visitor().open("/robots.txt")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    lines = answer.response.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /admin$", "Disallow: /admin/"} <= set(lines)
    assert not any(line.startswith("Sitemap") for line in lines)
    assert not any(line.startswith("Disallow: /v") for line in lines), "villages want to be found"
    assert "Disallow: /me" not in lines, "/media is something else"

    async def view(_visit: object) -> None: ...

    pages = [
        ("inns", Page(path="/sitemap.xml", view=view, to=EVERYONE, scope="county")),  # type: ignore[arg-type]
        ("inns", Page(path="/sitemap.xml", view=view, to=EVERYONE)),  # type: ignore[arg-type]
        ("inner", Page(path="/sitemap.xml", view=view, to=MEMBER)),  # type: ignore[arg-type]
    ]
    site.app.site.pages += pages
    found = (await site.visitor().open("/robots.txt")).response.text
    assert found.count("Sitemap:") == 1
    assert f"Sitemap: {site.settings.base_url}/inns/sitemap.xml" in found
