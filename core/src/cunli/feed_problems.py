"""What can be wrong with the kinds of entry that a plugin brings into the feed."""

from __future__ import annotations

from typing import Final

from cunli.problem_kind import Kind

FEED: Final = (
    Kind(
        id="plugins.E031",
        text="“{name}” cannot be the id of a kind of entry",
        hint="Ids begin with “{plugin}.”, then a letter; lower-case letters, digits and underscores, at most {most} characters.",
        chinese=(
            "“{name}”不能当动态类别的名字",
            "要以“{plugin}.”开头，后面先是字母；只用小写字母、数字和下划线，最多 {most} 个字。",
        ),
    ),
    Kind(
        id="plugins.E032",
        text="kind of entry “{name}” contradicts itself: {why}",
        hint="Correct it where feed_kinds() makes it; everything that a FeedKind can be is in the reference.",
        chinese=("动态类别“{name}”自相矛盾：{why}", "在 feed_kinds() 里改好；类别能怎么写，参考手册里都有。"),
    ),
    Kind(
        id="plugins.E033",
        text="template “{template}” of the kind of entry “{name}” is not among its own",
        hint="Put it into templates/{plugin}/ of the package and name it “{plugin}/…”, or leave it out.",
        chinese=(
            "动态类别“{name}”的模板“{template}”不在它自己的模板里",
            "放进包里的 templates/{plugin}/，名字写成“{plugin}/……”；不要模板就去掉。",
        ),
    ),
)
