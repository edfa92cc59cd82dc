"""What can be said of plugins that use what is deprecated; see `deprecation`."""

from __future__ import annotations

from typing import Final

from cunli.problem_kind import Kind

GOING: Final = (
    Kind(
        id="plugins.E070",
        text="it uses {what} ({where}), which is an error since Cunli {until}",
        hint="Install a newer version of it: its authors write {instead} now. Version {version}; report to: {tracker}",
        chinese=(
            "它用了 {what}（{where}），从村里 {until} 起不能再用",
            "装它的新版本：作者要改用 {instead}。现在是 {version} 版；报给作者：{tracker}",
        ),
    ),
    Kind(
        id="plugins.W160",
        text="it uses {what} ({where}), deprecated since Cunli {since}; from {until} on that is an error",
        hint="It works until then. Its authors write {instead} instead. Version {version}; report to: {tracker}",
        chinese=(
            "它用了 {what}（{where}），从村里 {since} 起不建议再用，到 {until} 就不能用了",
            "在那之前照常能用。作者要改用 {instead}。现在是 {version} 版；报给作者：{tracker}",
        ),
    ),
)
