"""The examples in docs/, as files. An example's first line says which file it is: `# cunli_greeter/pages.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", flags=re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"^(?:# ([\w/]+\.py)|\{# ([\w/]+\.html) #\})\n")


@dataclass(frozen=True)
class Example:
    """One fenced block of a page."""

    page: str
    language: str
    text: str

    @property
    def path(self) -> str:
        """The file that it is; empty where its first line does not say."""
        found = NAMED.match(self.text)
        return (found[1] or found[2]) if found else ""


def examples(folder: str, *languages: str) -> list[Example]:
    """Every block of the pages in a folder of docs/ that is in one of these languages."""
    found = [
        Example(page=page.relative_to(DOCS).as_posix(), language=language, text=text)
        for page in sorted((DOCS / folder).glob("*.md"))
        for _, language, text in FENCED.findall(page.read_text("utf-8"))
    ]
    return [one for one in found if one.language in languages]


def write_how_tos(site: Path) -> list[str]:
    """The files of all how-to guides, installed below a folder; the ids of the plugins that are whole."""
    for one in examples("howto", "python", "jinja"):
        path = site / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(one.text)
    for package in site.glob("cunli_*"):
        (package / "__init__.py").touch()
    names = [
        p.parent.name.removeprefix("cunli_")
        for p in site.glob("cunli_*/__init__.py")
        if "plugin = " in p.read_text("utf-8")
    ]
    for name in names:
        about = site / f"cunli_{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: cunli-{name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[cunli.plugins]\n{name} = cunli_{name}:plugin\n")
    return sorted(names)
