"""A visitor: opens pages, follows links, fills forms found on the page, keeps cookies. No browser, no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx2
import lxml.html
from lxml.html import HtmlElement

from cunli.testing.streams import ending

BROWSER_HEADERS = {"sec-fetch-site": "same-origin", "accept": "text/html", "accept-language": "zh-CN"}
File = tuple[str, bytes, str]
Fields = Mapping[str, str | Sequence[str] | File | Sequence[File]]


class Opened:
    """An answer: its status, words, elements and forms."""

    def __init__(self, visitor: Visitor, response: httpx2.Response) -> None:
        self.visitor = visitor
        self.response = response
        self.status = response.status_code
        self.html = response.text
        self.url = str(response.url.raw_path.decode())
        self.headers = response.headers

    @property
    def tree(self) -> HtmlElement:
        """The page as lxml has it."""
        return lxml.html.document_fromstring(self.html or "<html></html>")

    @property
    def text(self) -> str:
        """What a reader sees, white space folded."""
        body = self.tree.find("body")
        return " ".join((body if body is not None else self.tree).text_content().split())

    @property
    def title(self) -> str:
        """What stands in the tab."""
        return " ".join((self.tree.findtext(".//title") or "").split())

    def all(self, selector: str) -> list[HtmlElement]:
        """Every element that a CSS selector finds."""
        return list(self.tree.cssselect(selector))

    def one(self, selector: str) -> HtmlElement:
        """The single element; fails with the page's words when there is none or several."""
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} × {selector!r} on {self.url} ({self.status}): {self.text[:400]}"
        return found[0]

    def words(self, selector: str) -> list[str]:
        """The words of every element that a CSS selector finds, white space folded."""
        return [" ".join(e.text_content().split()) for e in self.all(selector)]

    def links(self) -> list[str]:
        """Where the links of this page lead."""
        return [urljoin(self.url, a.get("href", "")) for a in self.all("a[href]")]

    async def follow(self, words: str) -> Opened:
        """Open the link that shows these words."""
        for a in self.all("a[href]"):
            if words in " ".join(a.text_content().split()):
                return await self.visitor.open(urljoin(self.url, a.get("href", "")))
        raise AssertionError(f"no link {words!r} on {self.url}: {self.text[:400]}")

    def form(self, selector: str = "main form[method=post]") -> Filling:
        """A form of this page. The selector may name the form or anything inside it."""
        found = self.all(selector)
        assert found, f"no {selector!r} on {self.url} ({self.status}): {self.text[:400]}"
        element = found[0]
        while element is not None and element.tag != "form":
            parent = element.getparent()
            if parent is None or (element.get("form") is not None):
                owner = self.tree.cssselect(f"form#{element.get('form')}") if element.get("form") else []
                assert owner, f"{selector!r} is not in a form"
                return Filling(self, owner[0])
            element = parent
        return Filling(self, element)


class Filling:
    """A form being filled in. Hidden fields, checked boxes and preset values go along, as in a browser."""

    def __init__(self, page: Opened, element: HtmlElement) -> None:
        self.page = page
        self.action = urljoin(page.url, element.get("action") or page.url)
        self.method = (element.get("method") or "get").lower()
        self.fields: dict[str, list[str]] = {}
        self.files: list[tuple[str, File]] = []
        owned = list(element.iter("input", "textarea", "select", "button"))
        if element.get("id"):
            owned += page.tree.cssselect(f'[form="{element.get("id")}"]')
        for control in owned:
            self._preset(control)

    def _preset(self, control: HtmlElement) -> None:
        name, kind = control.get("name"), (control.get("type") or "").lower()
        if (
            not name
            or control.get("disabled") is not None
            or control.tag == "button"
            or kind in ("submit", "file", "image")
        ):
            return
        if control.tag == "select":
            options = control.findall(".//option")
            chosen = [o for o in options if o.get("selected") is not None] or options[:1]
            self.fields.setdefault(name, []).extend(o.get("value", o.text or "") for o in chosen)
        elif control.tag == "textarea":
            self.fields.setdefault(name, []).append((control.text or "").removeprefix("\n"))
        elif kind in ("checkbox", "radio"):
            if control.get("checked") is not None:
                self.fields.setdefault(name, []).append(control.get("value", "on"))
        else:
            self.fields.setdefault(name, []).append(control.get("value", ""))

    def fill(self, **fields: str | Sequence[str] | bool | None) -> Self:
        """Set fields; None or False removes one."""
        for name, value in fields.items():
            if value is None or value is False:
                self.fields.pop(name, None)
            elif value is True:
                self.fields[name] = ["1"]
            else:
                self.fields[name] = [value] if isinstance(value, str) else list(value)
        return self

    def attach(self, name: str, *files: File) -> Self:
        """Choose files: (file name, bytes, content type)."""
        self.files += [(name, file) for file in files]
        return self

    async def send(
        self, *, button: tuple[str, str] | None = None, to: str | None = None, follow: bool = True, **headers: str
    ) -> Opened:
        """Send it, as if with the button (name, value), or with one that has a `formaction` of its own (`to`)."""
        data: dict[str, list[str]] = {k: list(v) for k, v in self.fields.items()}
        if button:
            data.setdefault(button[0], []).append(button[1])
        target = urljoin(self.page.url, to) if to else self.action
        visitor = self.page.visitor
        if self.method == "get":
            return await visitor.open(str(httpx2.URL(target).copy_with(params=data)))
        return await visitor.post(target, data, files=self.files, follow=follow, headers=headers)


class Visitor:
    """Somebody with a browser and its cookies."""

    def __init__(self, app: Any, base_url: str = "http://127.0.0.1:8000") -> None:
        transport = httpx2.ASGITransport(app=ending(app), raise_app_exceptions=False)
        self.client = httpx2.AsyncClient(transport=transport, base_url=base_url, headers=BROWSER_HEADERS)

    async def open(self, path: str, *, follow: bool = True, **headers: str) -> Opened:
        """GET a page. Headers are written with underscores: `accept_language="en"`."""
        response = await self.client.get(path, follow_redirects=follow, headers=_dashed(headers))
        return Opened(self, response)

    async def post(
        self,
        path: str,
        data: Mapping[str, str | Sequence[str]] | None = None,
        *,
        files: Sequence[tuple[str, File]] = (),
        follow: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Opened:
        """POST fields as they are, without a page they came from."""
        fields = {k: [v] if isinstance(v, str) else list(v) for k, v in (data or {}).items()}
        response = await self.client.post(
            path, data=fields, files=list(files) or None, follow_redirects=follow, headers=_dashed(headers or {})
        )
        return Opened(self, response)

    async def press(self, page: Opened, selector: str) -> Opened:
        """Press a submit button found by selector, with its own name, value and formaction."""
        element = page.one(selector)
        form = page.form(selector)
        button = (element.get("name"), element.get("value", "")) if element.get("name") else None
        return await form.send(button=button, to=element.get("formaction"))

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of this browser, by name."""
        return {c.name: c.value or "" for c in self.client.cookies.jar}

    def set_cookie(self, name: str, value: str) -> None:
        """Put a cookie into this browser."""
        self.client.cookies.set(name, value, domain="127.0.0.1", path="/")

    async def close(self) -> None:
        await self.client.aclose()


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {k.replace("_", "-"): v for k, v in headers.items()}


def path_of(url: str) -> str:
    """Path and query of an address."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
