"""The problems with themes; `problems` puts them beside all others. `plugin` is the id of the theme here."""

from __future__ import annotations

from typing import Final

from cunli.problem_kind import Kind

KINDS: Final = (
    Kind(
        id="themes.E060",
        text="the theme is not used: {why}",
        hint="`cunli theme check` says everything that is wrong with it. Mend it, or take it out of `theme` and `themes` in the"
        " settings. Until then {instead} is worn in its place.",
        chinese=(
            "这个主题没有用上：{why}",
            "`cunli theme check` 会说清楚所有问题。修好它，或者从设置的 `theme` 和 `themes` 里去掉。在那之前用“{instead}”。",
        ),
    ),
    Kind(
        id="themes.W150",
        text="{number} regions chose the theme, and it is not worn here: {regions}",
        hint="Install it and add it to `themes` in the settings, or let them choose anew: cunli theme use --inherit --region CODE."
        " Until then what is above counts.",
        chinese=(
            "有 {number} 处选了这个主题，可是这里没有用它：{regions}",
            "把它装上并加进设置的 `themes`，或者让他们重新选：cunli theme use --inherit --region CODE。在那之前跟着上面走。",
        ),
    ),
    Kind(
        id="themes.W151",
        text="it could not draw {template}: {error}",
        hint="That page is drawn with qianmo's templates until the site starts anew. Report this to the theme's authors.",
        chinese=(
            "它画不出 {template}：{error}",
            "在重新启动以前，这一页用“阡陌”的模板画。请报给主题的作者。",
        ),
    ),
)
