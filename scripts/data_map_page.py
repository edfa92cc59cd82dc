"""The page of the data map: a summary for a lawyer, then every column. In Chinese, for those who answer for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cunli.care import data_words
from cunli.care.data_map import Column, Table

SUMMARY = """\
# 数据地图

*What every column of the core's tables holds, about whom, what for, how long and who sees it. Generated from the models and from
`core/src/cunli/care/data_map.toml`; a column that nobody classified fails `make check`.*

写给县里的法务、个人信息保护负责人和检查的人。用来做个人信息保护法第五十一条说的分类管理，也可以附在第五十五条的影响评估后面。
本页由程序从数据表生成，和正在用的版本一致；它说明系统做了什么，合不合法由县里判断。

## 先看这里

- 一共 {tables} 张表、{columns} 列，其中 {personal} 列是关于个人的：{counts}。
- **按敏感个人信息对待的**：{sensitive}。系统不收人脸、指纹、健康、行踪、银行账号。写的话里可能有，发布以前由“脱敏”提醒和遮住。
- **密封存放的**（拿到数据库也看不到，钥匙在数据库外面）：{sealed}。
- **给谁看**：手机号、姓名、身份证号平时遮住，管理员要看全就留下记录，本人在“我的资料”里查得到是哪个职务、什么时候看的。
- **留多久**：到期由程序删，和网站上“资料存多久”（`/privacy/keeping`）是同一张表。
- **本人的权利**：查看、带走、撤回同意、注销，都在“我的资料”里自己办（[怎么办](../guide/my-data.zh.md)）。
- **给了谁**：系统自己不把个人信息给别人。县里在设置里选了短信公司或者微信的，手机号或者微信编号和要送的那句话会交给它送达；
  选了对象存储的，照片存在那里。和它们签委托处理协议（第二十一条）是县里的事。系统没有向境外提供的功能。
- **插件**：本页只有核心。每个插件在清单里说明记了什么（`personal_data`），查看、带走、注销时和核心一起办。

## 表以外还有

| 在哪里 | 是什么 | 留多久 |
|---|---|---|
| 照片文件夹或者对象存储 | 照片，拍摄地点和手机型号上传时去掉；插件收的文件和录音；密封的资料包 | 和它的那一行一样 |
| 找一找的索引（`core_search_due`、`core_post_words`、`core_comment_words`） | 动态和评论里的词 | 和那条动态、评论一样 |
| 日志文件（设了 `log_folder` 才有） | 谁在什么时候打开哪一页，不写姓名、号码和内容 | {log_days} 天（`log_days`，不得少于 184 天） |
| 注销底册（`tombstones`） | 注销了的账号的随机编号 | 和备份一样；从备份恢复时照着再删一遍 |
| 操作记录的锚（`audit_anchors`） | 摘要，没有个人信息 | 长期 |
| 备份 | 以上全部，除了日志和注销底册；姓名和号码仍然密封 | 县里自己定（`cunli backup --keep`） |

"""


def page(tables: Sequence[Table]) -> str:
    """The whole page, without its first line."""
    every = [(table, column) for table in tables for column in table.columns]
    personal = [column for _, column in every if column.personal]
    words = data_words.ABOUT
    lines = [
        SUMMARY.format(
            tables=len(tables),
            columns=len(every),
            personal=len(personal),
            counts="；".join(
                f"{label}，{len([c for c in personal if c.about == word])} 列"
                for word, label in words.items()
                if word != "none"
            ),
            sensitive=_named(every, lambda c: c.about == "sensitive"),
            sealed=_named(every, lambda c: c.sealed),
            log_days=data_words.LOG_DAYS,
        ),
        *_by_purpose(tables),
        *_by_span(tables),
        "## 每一列",
        "",
    ]
    for table in tables:
        lines += _of(table)
    return "\n".join(lines)


def _named(every: Iterable[tuple[Table, Column]], wanted: Callable[[Column], bool]) -> str:
    return "；".join(f"{table.label}：{_short(column.what)}" for table, column in every if wanted(column))


def _by_purpose(tables: Sequence[Table]) -> list[str]:
    """For each purpose the tables in which it has columns about people."""
    lines = ["## 为了什么", "", "| 用途和依据 | 关于个人的，在哪些表 |", "|---|---|"]
    for word, label in data_words.purposes().items():
        found = [t.label for t in tables if any(c.personal and c.purpose == word for c in t.columns)]
        lines.append(f"| {label} | {'、'.join(found) or '没有'} |")
    return [*lines, ""]


def _by_span(tables: Sequence[Table]) -> list[str]:
    lines = ["## 留多久", "", "| 多久 | 关于个人的，在哪些表 |", "|---|---|"]
    for word, label in data_words.kept().items():
        found = [t.label for t in tables if any(c.personal and c.kept == word for c in t.columns)]
        if found:
            lines.append(f"| {label} | {'、'.join(found)} |")
    return [*lines, ""]


def _of(table: Table) -> list[str]:
    purposes, kept = data_words.purposes(), data_words.kept()
    lines = [f"### {table.label} `{table.name}`", ""]
    lines += ["| 列 | 是什么 | 关于个人吗 | 为了什么 | 留多久 | 谁能看 | 密封 |", "|---|---|---|---|---|---|---|"]
    for one in table.columns:
        lines.append(
            f"| `{one.name}` | {one.what} | {data_words.ABOUT[one.about]} | {_short(purposes[one.purpose])} | {kept[one.kept]} |"
            f" {data_words.SEEN[one.seen]} | {'密封' if one.sealed else ''} |"
        )
    return [*lines, ""]


def _short(text: str) -> str:
    """Without what stands in brackets, or after a semicolon."""
    return text.partition("（")[0].partition("；")[0]
