"""What this room holds about a person: posts and notices, comments, likes and thanks, receipts, drafts."""

from __future__ import annotations

from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.feed import answers, rules, search_index
from cunli.feed.actions import count_posts
from cunli.feed.events import PostChanged
from cunli.jobs import emit
from cunli.media import actions as media
from cunli.own_data.parts import CorePart, rows_of
from cunli.plugin_data import DataContext, ErasureReport, ExportFile, Kept
from cunli.web.i18n import _

_VILLAGE: Final = {"village": _("村"), "created_at": _("什么时候")}


async def export(ctx: DataContext) -> list[ExportFile]:
    """Everything the person wrote or pressed, deleted words too as long as they are kept."""
    return [
        await _posts(ctx.person_id),
        await _comments(ctx.person_id),
        await _reactions(ctx.person_id),
        *await _read_and_begun(ctx.person_id),
    ]


async def _posts(person_id: int) -> ExportFile:
    rows = await rows_of(
        "SELECT p.id, v.name AS village, p.kind, p.title, p.body, p.place, p.audience, p.state, p.hidden_reason, p.like_count,"
        " p.thanks_count, p.comment_count, p.created_at, p.edited_at, p.deleted_at FROM core_post p"
        " JOIN core_village v ON v.id = p.village_id WHERE p.author_id = ? ORDER BY p.id",
        person_id,
        moments=("created_at", "edited_at", "deleted_at"),
    )
    photos: dict[int, list[str]] = {}
    for row in await db.read(
        "SELECT pp.post_id, u.key FROM core_post_photo pp JOIN core_upload u ON u.id = pp.upload_id"
        " JOIN core_post p ON p.id = pp.post_id WHERE p.author_id = ? ORDER BY pp.post_id, pp.position",
        person_id,
    ):
        photos.setdefault(row["post_id"], []).append(f"{row['key']}.jpg")
    for row in rows:
        row["photos"] = photos.get(row.pop("id"), [])
    columns = {
        **_VILLAGE,
        "kind": _("哪一种"),
        "title": _("标题"),
        "body": _("写的话"),
        "place": _("地点"),
        "audience": _("给谁看"),
        "state": _("现在的状态"),
        "hidden_reason": _("收起来的理由"),
        "like_count": _("赞"),
        "thanks_count": _("道谢"),
        "comment_count": _("评论"),
        "edited_at": _("改过的时间"),
        "deleted_at": _("删除的时间"),
        "photos": _("照片"),
    }
    return ExportFile(name="posts.json", label=_("发过的动态和通知"), rows=rows, columns=columns)


async def _comments(person_id: int) -> ExportFile:
    rows = await rows_of(
        "SELECT v.name AS village, c.body, c.state, c.hidden_reason, c.created_at, c.deleted_at FROM core_comment c"
        " JOIN core_village v ON v.id = c.village_id WHERE c.author_id = ? ORDER BY c.id",
        person_id,
        moments=("created_at", "deleted_at"),
    )
    columns = {
        **_VILLAGE,
        "body": _("写的话"),
        "state": _("现在的状态"),
        "hidden_reason": _("收起来的理由"),
        "deleted_at": _("删除的时间"),
    }
    return ExportFile(name="comments.json", label=_("写过的评论"), rows=rows, columns=columns)


async def _reactions(person_id: int) -> ExportFile:
    rows = await rows_of(
        "SELECT v.name AS village, r.kind, p.key AS post, r.created_at FROM core_reaction r"
        " JOIN core_village v ON v.id = r.village_id JOIN core_post p ON p.id = r.post_id WHERE r.person_id = ? ORDER BY r.id",
        person_id,
        moments=("created_at",),
    )
    columns = {**_VILLAGE, "kind": _("哪一种"), "post": _("哪一条动态")}
    return ExportFile(name="likes.json", label=_("点过的赞和道过的谢"), rows=rows, columns=columns)


async def _read_and_begun(person_id: int) -> list[ExportFile]:
    receipts = await rows_of(
        "SELECT v.name AS village, p.title, r.how, r.at FROM core_notice_receipt r JOIN core_village v ON v.id = r.village_id"
        " JOIN core_post p ON p.id = r.post_id WHERE r.person_id = ? ORDER BY r.id",
        person_id,
        moments=("at",),
    )
    drafts = await rows_of(
        "SELECT v.name AS village, d.body, d.place, d.updated_at FROM core_draft d JOIN core_village v ON v.id = d.village_id"
        " WHERE d.person_id = ? ORDER BY d.id",
        person_id,
        moments=("updated_at",),
    )
    read = {"village": _("村"), "title": _("通知"), "how": _("怎么知道的"), "at": _("什么时候")}
    begun = {"village": _("村"), "body": _("写的话"), "place": _("地点"), "updated_at": _("什么时候")}
    return [
        ExportFile(name="receipts.json", label=_("签收过的通知"), rows=receipts, columns=read),
        ExportFile(name="drafts.json", label=_("没发的草稿"), rows=drafts, columns=begun),
    ]


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """Drafts go. What was published stays without a name, or goes with its photos and answers, as the person chose."""
    erased = {"drafts": await db.write("DELETE FROM core_draft WHERE person_id = ?", ctx.person_id)}
    await db.write("UPDATE core_notice_receipt SET told_by_id = NULL WHERE told_by_id = ?", ctx.person_id)
    if ctx.remove:
        erased["posts"] = await _remove_posts(ctx.person_id)
        erased["comments"] = await _remove_comments(ctx.person_id)
        erased["likes"] = await _remove_reactions(ctx.person_id)
    return ErasureReport(erased=erased, kept=tuple([one for one in await _kept(ctx) if one.count]))


async def _remove_posts(person_id: int) -> int:
    rows = await db.read(
        "SELECT id, village_id, state, key, kind FROM core_post WHERE author_id = ? AND kind <> 'notice' AND (state <> 'deleted' OR body <> '')"
        " ORDER BY id",
        person_id,
    )
    for row in rows:
        await _remove_post(row)
    return len(rows)


async def _remove_post(row: Any) -> None:
    photos = await db.read("SELECT upload_id FROM core_post_photo WHERE post_id = ?", row["id"])
    for table in ("core_post_photo", "core_reaction", "core_notice_receipt", "core_comment"):
        await db.write(f"DELETE FROM {table} WHERE post_id = ?", row["id"])  # noqa: S608 constants and placeholders
    await media.discard([photo["upload_id"] for photo in photos])
    await db.write(
        "UPDATE core_post SET state = 'deleted', deleted_at = ?, version = version + 1, body = '', title = '', place = '',"
        " hidden_reason = '', like_count = 0, thanks_count = 0, comment_count = 0 WHERE id = ?",
        now(),
        row["id"],
    )
    await search_index.index(row["id"])
    if row["state"] == rules.VISIBLE:
        await count_posts(row["village_id"], -1)
    if row["state"] != rules.DELETED:
        about = {"post_id": row["id"], "post_key": row["key"], "post_kind": row["kind"]}
        await emit(PostChanged(village_id=row["village_id"], state=rules.DELETED, **about))


async def _remove_comments(person_id: int) -> int:
    """A comment that others have answered stays as a gap, as when its author deletes it."""
    rows = await db.read(
        "SELECT id, post_id, state FROM core_comment WHERE author_id = ? AND (state <> 'deleted' OR body <> '') ORDER BY id",
        person_id,
    )
    for row in rows:
        await db.write(
            "UPDATE core_comment SET state = 'deleted', deleted_at = ?, body = '', hidden_reason = '' WHERE id = ?",
            now(),
            row["id"],
        )
        await search_index.index_comment(row["id"])
        if row["state"] == rules.VISIBLE:
            await answers.note_turned(row["post_id"], -1)
    return len(rows)


async def _remove_reactions(person_id: int) -> int:
    for kind in ("like", "thanks"):
        await db.write(
            f"UPDATE core_post SET {kind}_count = {kind}_count - 1, answers_version = answers_version + 1 WHERE id IN"  # noqa: S608 constants
            " (SELECT post_id FROM core_reaction WHERE person_id = ? AND kind = ?)",
            person_id,
            kind,
        )
    return await db.write("DELETE FROM core_reaction WHERE person_id = ?", person_id)


async def _kept(ctx: DataContext) -> list[Kept]:
    posts, comments = (
        "core_post WHERE author_id = ? AND state <> 'deleted' AND kind",
        "core_comment WHERE author_id = ?",
    )
    chosen = _("你选了留下，署名是“已注销用户”")
    return [
        Kept(
            what=_("村里的通知，署名是“已注销用户”"),
            count=await _count(f"{posts} = 'notice'", ctx),
            reason=_("通知是村务记录，归村里"),
        ),
        Kept(what=_("动态"), count=await _count(f"{posts} <> 'notice'", ctx), reason=chosen),
        Kept(what=_("评论"), count=await _count(f"{comments} AND state <> 'deleted'", ctx), reason=chosen),
        Kept(
            what=_("通知的签收，没有姓名"),
            count=await _count("core_notice_receipt WHERE person_id = ?", ctx),
            reason=_("村里要能说明每一户都通知到了"),
        ),
    ]


async def _count(what: str, ctx: DataContext) -> int:
    rows = await db.read(f"SELECT COUNT(*) AS n FROM {what}", ctx.person_id)  # noqa: S608 constants only
    return int(rows[0]["n"])


PART: Final = CorePart(
    name="feed",
    label=_("村友圈里写的和点的"),
    export=export,
    erase=erase,
    covers=frozenset(
        {
            "core_post.author",
            "core_comment.author",
            "core_reaction.person",
            "core_notice_receipt.person",
            "core_draft.person",
        }
    ),
    left_out={
        "core_comment.reply_to": "the words are another person's; what one wrote oneself is in comments.json",
        "core_notice_receipt.told_by": "calls that an official made are about the households called on",
    },
)
