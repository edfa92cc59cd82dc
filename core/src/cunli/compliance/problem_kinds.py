"""What can be wrong with a plugin towards the compliance profile."""

from __future__ import annotations

from typing import Final

from cunli.problem_kind import Kind

KINDS: Final = (
    Kind(
        id="plugins.E050",
        text="{what} “{name}” is marked as {sensitive}, which the manifest does not declare",
        hint="Declare it: sensitive=(SensitiveUse(kind=Sensitive(“{sensitive}”), does=…),) in the manifest; or take the mark away.",
        chinese=(
            "{what}“{name}”标了 {sensitive}，manifest 里却没有声明",
            "在 manifest 的 sensitive 里用 SensitiveUse 声明 {sensitive}，或者把标记去掉。",
        ),
    ),
    Kind(
        id="plugins.E051",
        text="what its manifest declares as sensitive is wrong: {why}",
        hint="`sensitive` is a tuple of SensitiveUse, one for each kind, each with a sentence for officials.",
        chinese=(
            "manifest 里的 sensitive 写得不对：{why}",
            "sensitive 是一组 SensitiveUse，每种一个，各有一句给管理员看的话。",
        ),
    ),
    Kind(
        id="plugins.W140",
        text="it asked for “{sensitive}”, or marked something with it, and its manifest does not declare that",
        hint="It was told no. Report this to the plugin's authors: what is sensitive is declared in the manifest.",
        chinese=(
            "它要用“{sensitive}”，manifest 里却没有声明",
            "没有让它用。请报给插件的作者：敏感的事要在 manifest 里声明。",
        ),
    ),
    Kind(
        id="plugins.W141",
        text="it is off in every village of the county: it needs “{sensitive}”, which the compliance profile “{profile}” refuses. {quoted}",
        hint="Do without it, or let a county admin look at /admin/profile; `cunli profile show` says the same.",
        chinese=(
            "它在全县都没有开：它离不开“{sensitive_zh}”，而现在的合规规定（{profile}）不许。{quoted_zh}",
            "不用它；或者请县里的管理员看看“合规”那一页。",
        ),
    ),
)
