"""A village table cannot be used without a village, nor another village's rows be written (TN-5, TN-3)."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.query_utils import Prefetch

import cunli
from cunli import db
from cunli.db.scopes import MAY_LOOK_ACROSS


class Village(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=20)

    class Meta:
        table = "scope_village"


class Post(db.VillageModel):
    id = fields.IntField(primary_key=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False)
    text = fields.CharField(max_length=20)
    likes = fields.IntField(default=0)

    class Meta:
        table = "scope_post"


class Comment(db.VillageModel):
    id = fields.IntField(primary_key=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False)
    post: Any = fields.ForeignKeyField("core.Post", related_name="comments")

    class Meta:
        table = "scope_comment"


APPS = {"core": db.AppConfig(models=(__name__,))}
HERE, THERE = 1, 2


@pytest.fixture
async def villages(database: str) -> None:
    async def settle() -> None:
        for number, name in ((HERE, "和平村"), (THERE, "上坝村")):
            await Village.create(id=number, name=name)
            with db.scope(number):
                for text in ("早", "晚"):
                    await Post.create(text=text)

    await db.run_unit(settle)


async def everything() -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await db.read("SELECT id, village_id, text, likes FROM scope_post ORDER BY id")]


def in_a_unit(work: Callable[[], Awaitable[object]]) -> Awaitable[object]:
    async def go() -> object:
        return await work()

    return db.run_unit(go)


async def ids(query: Any) -> list[int]:
    return [post.id for post in await query]


async def _of(village: int) -> Any:
    with db.scope(village):
        return await Post.filter(village_id=village).order_by("id").first()


USES: dict[str, Callable[[], Any]] = {
    "all": lambda: Post.all(),
    "filter": lambda: Post.filter(text="早"),
    "exclude": lambda: Post.exclude(text="早"),
    "get": lambda: Post.get(id=1),
    "get by key": lambda: Post[1],
    "get_or_none": lambda: Post.get_or_none(id=1),
    "first": lambda: Post.first(),
    "last": lambda: Post.last(),
    "latest": lambda: Post.latest("id"),
    "earliest": lambda: Post.earliest("id"),
    "exists": lambda: Post.exists(text="早"),
    "annotate": lambda: Post.annotate().count(),
    "in_bulk": lambda: Post.in_bulk([1]),
    "select_for_update": lambda: Post.select_for_update(),
    "raw": lambda: Post.raw("SELECT * FROM scope_post"),
    "create": lambda: Post.create(text="新", village_id=HERE),
    "save": lambda: Post(text="新", village_id=HERE).save(),
    "bulk_create": lambda: Post.bulk_create([Post(text="新", village_id=HERE)]),
    "bulk_update": lambda: Post.bulk_update([Post(id=1, text="新", village_id=HERE)], ["text"]),
    "get_or_create": lambda: Post.get_or_create(text="新"),
    "update_or_create": lambda: Post.update_or_create(text="新"),
    "update": lambda: Post.filter(id=1).update(likes=9),
    "delete": lambda: Post.filter(id=1).delete(),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.usefixtures("villages")
async def test_nothing_works_without_a_village(use: str) -> None:
    before = await everything()

    async def go() -> object:
        return await USES[use]()

    with pytest.raises(db.NoScope, match=r"db\.scope\(village_id\)|db\.read\(\)"):
        await db.run_unit(go)
    assert await everything() == before


@pytest.mark.usefixtures("villages")
async def test_an_instance_that_is_carried_out_of_its_scope_can_neither_be_saved_nor_deleted_nor_refreshed() -> None:
    post = await _of(HERE)
    before = await everything()
    post.likes = 7
    for use in (post.save, post.delete, post.refresh_from_db):
        with pytest.raises(db.NoScope):
            await db.run_unit(use)
        with db.scope(THERE), pytest.raises(db.WrongVillage):
            await db.run_unit(use)
    assert await everything() == before
    with db.scope(HERE):
        await db.run_unit(post.save)
    assert (await everything())[0][3] == 7


@pytest.mark.usefixtures("villages")
async def test_queries_see_only_the_village_in_scope() -> None:
    with db.scope(HERE):
        assert [post.village_id for post in await Post.all()] == [HERE, HERE]
        assert await Post.filter(text="早").count() == 1
        assert await Post.exclude(text="早").count() == 1
        assert await Post.get_or_none(id=3) is None
        assert set(await Post.in_bulk([1, 3])) == {1}
        assert await ids(Post.filter(id__in=[1, 2, 3, 4])) == [1, 2]
        assert await ids(Post.all().order_by("-id").limit(1)) == [2]
        assert not await Post.exists(id=3)
        assert await in_a_unit(lambda: Post.filter(id__gte=1).update(likes=1)) == 2
        assert await in_a_unit(lambda: Post.filter(id__gte=2).delete()) == 1
    assert [row[:2] for row in await everything()] == [(1, HERE), (3, THERE), (4, THERE)]


@pytest.mark.usefixtures("villages")
async def test_an_or_in_the_filter_does_not_open_the_door() -> None:
    with db.scope(HERE):
        assert await ids(Post.filter(Q(id=3) | Q(text="早"))) == [1]
        assert await ids(Post.filter(Q(village_id=THERE) | Q(id__gt=0))) == [1, 2]
        assert await ids(Post.filter(~Q(id=1))) == [2]


WRONG: dict[str, Callable[[], Any]] = {
    "create": lambda: Post.create(text="新", village_id=THERE),
    "save": lambda: Post(text="新", village_id=THERE).save(),
    "bulk_create": lambda: Post.bulk_create([Post(text="新"), Post(text="新", village_id=THERE)]),
    "bulk_create on a query": lambda: Post.all().bulk_create([Post(text="新", village_id=THERE)]),
    "bulk_update": lambda: Post.bulk_update([Post(id=3, text="新", village_id=THERE)], ["text"]),
    "get_or_create": lambda: Post.get_or_create(text="新", village_id=THERE),
    "get_or_create by default": lambda: Post.get_or_create(text="新", defaults={"village_id": THERE}),
    "update_or_create": lambda: Post.update_or_create(text="新", village_id=THERE),
    "update_or_create by default": lambda: Post.update_or_create(text="早", defaults={"village_id": THERE}),
    "update to another village": lambda: Post.filter(text="早").update(village_id=THERE),
}


@pytest.mark.parametrize("use", WRONG)
@pytest.mark.usefixtures("villages")
async def test_another_village_cannot_be_written_and_the_same_words_work_for_this_one(use: str) -> None:
    before = await everything()

    async def go() -> object:
        return await WRONG[use]()

    with db.scope(HERE), pytest.raises(db.WrongVillage):
        await db.run_unit(go)
    assert await everything() == before
    if use != "bulk_create":  # which mixes both
        with db.scope(THERE):
            await db.run_unit(go)


@pytest.mark.usefixtures("villages")
async def test_a_new_row_gets_the_village_in_scope() -> None:
    with db.scope(THERE):
        await db.run_unit(Post.create, text="一")
        await in_a_unit(lambda: Post.bulk_create([Post(text="二"), Post(text="三")]))
        post, created = await db.run_unit(Post.get_or_create, text="四")
        assert created
        assert post.village_id == THERE
    assert [row[1] for row in await everything()][4:] == [THERE] * 4


@pytest.mark.usefixtures("villages")
async def test_a_row_cannot_point_at_another_villages_row() -> None:
    theirs = await _of(THERE)
    ours: Any = await _of(HERE)
    with db.scope(HERE):
        with pytest.raises(db.WrongVillage, match=r"Comment\.post"):
            await db.run_unit(Comment.create, post=theirs)
        comment = await db.run_unit(Comment.create, post=ours)
        assert (await comment.post).id == ours.id
        assert len(await ours.comments) == 1
        found: Any = await Post.get(id=ours.id).prefetch_related(Prefetch("comments", queryset=Comment.all()))
        assert [one.id for one in found.comments] == [comment.id]
        assert (await Comment.all().select_related("post").get(id=comment.id)).post.id == ours.id


@pytest.mark.usefixtures("villages")
async def test_a_partly_read_row_is_not_trusted() -> None:
    with db.scope(HERE):
        post = await Post.filter(id=1).only("id", "text").get()
        post.text = "改"
        with pytest.raises(db.WrongVillage):
            await db.run_unit(post.save, update_fields=["text"])


@pytest.mark.usefixtures("villages")
async def test_looking_across_needs_a_reason_and_sees_all() -> None:
    with pytest.raises(ValueError, match="reason"), db.unscoped(" "):
        pass
    with db.unscoped("figures of the county"):
        assert await Post.all().count() == 4
        assert db.scoped_village() is None
        with db.scope(HERE):
            assert await Post.all().count() == 2
        assert await Post.all().count() == 4
    with pytest.raises(db.NoScope):
        db.scoped_village()


@pytest.mark.usefixtures("villages")
async def test_each_task_has_its_own_scope_and_a_unit_has_its_callers() -> None:
    @db.unit
    async def count() -> tuple[int | None, int]:
        await asyncio.sleep(0.01)
        return db.scoped_village(), await Post.filter(text="早").count()

    async def visit(village: int) -> tuple[int | None, int]:
        with db.scope(village):
            return await count()

    assert list(await asyncio.gather(visit(HERE), visit(THERE))) == [(HERE, 1), (THERE, 1)]


def test_a_scope_is_the_number_of_a_village() -> None:
    for wrong in (None, "1", True):
        with pytest.raises(TypeError), db.scope(wrong):  # type: ignore[arg-type]
            pass


def test_a_village_table_declares_its_key() -> None:
    with pytest.raises(TypeError, match="`village` key"):
        type("Stray", (db.VillageModel,), {"id": fields.IntField(primary_key=True), "__module__": __name__})


def callers_of_unscoped(root: Path, package: str) -> set[str]:
    """Names of the modules below `root` that call `unscoped(…)`, however they got hold of it."""
    found = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) == "unscoped":
                parts = path.relative_to(root).with_suffix("").parts
                found.add(".".join((package, *(part for part in parts if part != "__init__"))))
    return found


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_only_the_listed_modules_look_across_villages(tmp_path: Path) -> None:
    """A new name here is a decision that wants a second pair of eyes."""
    assert callers_of_unscoped(Path(cunli.__file__).parent, "cunli") == MAY_LOOK_ACROSS
    (tmp_path / "pages.py").write_text(
        "from cunli import db\nwith db.unscoped('because'):\n    pass\n"
    )  # the planted control
    assert callers_of_unscoped(tmp_path, "plum") == {"plum.pages"}
