"""Problems with what plugins owe to people: handing over and erasing what they hold. See `problems`."""

from __future__ import annotations

from typing import Final

from cunli.problem_kind import Kind

DUTY_PROBLEMS: Final = (
    Kind(
        id="plugins.E040",
        text='model {model} holds a key to {target}, and the manifest says personal_data="none"',
        hint='Write personal_data="own tables" in the manifest, and implement export_data() and erase_data().',
        chinese=(
            '模型 {model} 有指向 {target} 的键，可是 manifest 写着 personal_data="none"',
            '在 manifest 里写 personal_data="own tables"，并实现 export_data() 和 erase_data()。',
        ),
    ),
    Kind(
        id="plugins.E041",
        text="it keeps data about people and does not implement {name}()",
        hint="Everybody may have what is held about them, and have it erased: implement {name}(), see docs/guide/people-data.md.",
        chinese=(
            "它存着个人资料，却没有实现 {name}()",
            "每个人都可以要自己的资料、要求删除：请实现 {name}()，见 docs/guide/people-data.md。",
        ),
    ),
    Kind(
        id="plugins.E042",
        text="personal_data is {found}",
        hint='Write "none" or "own tables".',
        chinese=("personal_data 写的是 {found}", '写 "none" 或者 "own tables"。'),
    ),
    Kind(
        id="plugins.W130",
        text="it has not erased what it holds about people who closed their accounts ({count}): {error}",
        hint="It is asked again every hour. Report this to the plugin's authors: the law sets a time for erasing.",
        chinese=(
            "有 {count} 个注销的人，它还没有删掉他们的资料：{error}",
            "每小时会再问它一次。请报给插件的作者：法律规定了删除的期限。",
        ),
    ),
    Kind(
        id="plugins.W131",
        text="it does not run here, and its tables may hold data of people who closed their accounts ({count})",
        hint="Install it and add it to `plugins` in the settings, so that it can erase; or take it away for good with"
        " `cunli plugin remove {plugin}`.",
        chinese=(
            "它在这里没有运行，可是它的表里可能还有注销的人（{count} 个）的资料",
            "把它装上并加进设置的 `plugins`，让它去删；或者用 `cunli plugin remove {plugin}` 移走。",
        ),
    ),
)
# what a plugin finds wrong with itself says everything in its facts
OWN: Final = Kind(id="", text="{text}", hint="{hint}", chinese=("{text}", "{hint}"))
