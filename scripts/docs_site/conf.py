"""What Sphinx reads. The pages are plain markdown in docs/; nothing in them is written for Sphinx alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scripts.docs_site import search, tree  # noqa: E402

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Cunli 村里"
author = "the Cunli project"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
nitpicky = True
language = "en"
highlight_language = "text"  # a block that names no language is commands
html_search_language = search.LANGUAGE

myst_heading_anchors = 3  # [words](page.md#a-heading), as code hosts make them
myst_links_external_new_tab = False

html_theme = "furo"
html_title = "Cunli 村里"
html_static_path = ["static"]
html_css_files = ["docs.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_use_index = False
html_domain_indices = False
html_permalinks_icon = "#"
pygments_style = "friendly"
pygments_dark_style = "github-dark"
FONTS = "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"
html_theme_options = {
    "navigation_with_keys": True,
    "top_of_page_buttons": [],
    "light_css_variables": {
        "font-stack": FONTS,
        "color-brand-primary": "#1d4a75",
        "color-brand-content": "#1d4a75",
        "color-brand-visited": "#6a3d74",
    },
    "dark_css_variables": {
        "color-brand-primary": "#9cc5ea",
        "color-brand-content": "#9cc5ea",
        "color-brand-visited": "#cfa8d8",
    },
}


def say_the_language(_app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Pages in Chinese say so, for screen readers and fonts."""
    source = ROOT / "docs" / f"{page}.md"
    if page.endswith(".zh") or (source.exists() and tree.is_chinese(source.read_text("utf-8"))):
        context["language"] = "zh-Hans"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_search_language(search.Words)
    app.connect("source-read", tree.add_tree)
    app.connect("html-page-context", say_the_language)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
