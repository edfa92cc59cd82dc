"""Offices by CSV: every way a spreadsheet saves it, each mistake with its line and the way out, once and no more."""

from __future__ import annotations

import pytest

from cunli import db
from cunli.jobs.tasks import TaskContext
from cunli.people import accounts, office_imports, office_rows, roles, rules
from cunli.sheets import Unreadable, decoded, lines_of
from cunli.testing import sample
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli.testing.working import until
from cunli.trust.numbers import Phone, parse_phone

HOME = "/admin/roles/import"
HEAD = "手机号,姓名,职务,区划代码,印章上的字"
GOOD = (
    HEAD,
    "13900000101,罗春秀,村管理员,510999001200,文书",
    "13900000102,石满仓,镇管理员,510999001000,",
    "13900000103,冉光明,县管理员,510999000000,",
)


async def uploaded(visitor: Visitor, text: str, encoding: str = "utf-8") -> Opened:
    page = await visitor.open(HOME)
    return await page.form().attach("table", ("名单.csv", text.encode(encoding), "text/csv")).send()


async def pasted(visitor: Visitor, text: str) -> Opened:
    return await (await visitor.open(HOME)).form().fill(pasted=text).send()


async def imported(page: Opened) -> Opened:
    """Press the button and wait for the job."""
    page = await page.form().send()

    async def over() -> bool:
        return not await db.read("SELECT 1 FROM core_office_import WHERE state = 'started'")

    await until(over)
    return await page.visitor.open(page.url)


async def offices() -> int:
    return int((await db.read("SELECT COUNT(*) AS n FROM core_role WHERE revoked_at IS NULL"))[0]["n"])


def told(page: Opened) -> dict[int, str]:
    """What is said of each line."""
    return {int(row.findtext("td") or 0): " ".join(row.text_content().split()) for row in page.all("tbody tr")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "，"])
def test_every_way_a_spreadsheet_saves_it_reads_the_same(encoding: str, separator: str) -> None:
    text = "\r\n".join(GOOD).replace(",", separator)
    lines = office_rows.read(decoded(text.encode(encoding)))
    assert [(one.line, one.name, one.kind, one.region, one.title) for one in lines] == [
        (2, "罗春秀", "village_admin", "510999001200", "文书"),
        (3, "石满仓", "township_admin", "510999001000", ""),
        (4, "冉光明", "county_admin", "510999000000", ""),
    ]


def test_headings_may_be_english_and_in_any_order_and_lines_are_counted_as_in_the_file() -> None:
    text = '\ufeffRegion Code,Name,Role,Phone\n\n510999001200,"罗\n春秀",village,13900000101\n,,,\n510999001200,石,村级,13900000102\n'
    lines = office_rows.read(text)
    assert [(one.line, one.name, one.kind) for one in lines] == [
        (3, "罗 春秀", "village_admin"),
        (6, "石", "village_admin"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04rest", "Excel 工作簿"),
        (b"\xff\x81\xff\x81\xff", "读不出来"),
        ("姓名,职务\n罗,村\n".encode(), "还缺：手机号、区划代码"),
        (f'{HEAD}\n"139,罗,村,5,\n'.encode(), "引号不成对"),
        (f"{HEAD}\n".encode() + b"1,2,3,4,5\n" * 2001, "一次最多 2000 行"),
        (b"   \n", "一行也没有"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        office_rows.read(decoded(content))


def test_damage_in_utf8_is_not_taken_for_another_encoding() -> None:
    assert "罗春秀" in decoded("罗春秀石满仓".encode() + b"\xff")
    assert [line.cells for line in lines_of("a,b\x00\n")] == [("a", "b")]


async def test_a_table_is_looked_at_before_anything_is_changed_and_then_done_in_one_go(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    before = await offices()
    page = await uploaded(county, "\n".join(GOOD), "gb18030")
    assert "导入 3 行" in page.text
    assert await offices() == before, "nothing yet"
    assert "13900000101" not in page.html
    assert "139****0101" in page.text
    page = await imported(page)
    assert "导入好了" in page.text
    assert await offices() == before + 3
    person = await accounts.find_by_phone(Phone("+8613900000101"))
    rows = await db.read("SELECT display_name, password_hash FROM core_person WHERE id = ?", person)
    assert (rows[0]["display_name"], rows[0]["password_hash"]) == ("罗春秀", "")
    acts = [row["action"] for row in await db.read("SELECT action FROM core_audit_entry ORDER BY id")]
    assert acts.count("core.role.granted") == 3
    assert acts.count("core.role.import") == 1


async def test_what_nobody_sees_in_a_table_is_not_kept_in_names_and_seals(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    page = await pasted(
        county, f"{HEAD}\n13900000101,罗\u202e春秀\x07\u200b,村管理员,510999001200,文\u202e书\u200b\x07"
    )
    assert "新开账号" in told(page)[2]
    await imported(page)
    (row,) = await db.read(
        "SELECT r.title, p.display_name FROM core_role r JOIN core_person p ON p.id = r.person_id WHERE p.id = ?",
        await accounts.find_by_phone(Phone("+8613900000101")),
    )
    assert (row["display_name"], row["title"]) == ("罗春秀", "文书")
    assert "没有姓名" in told(await pasted(county, f"{HEAD}\n13900000102,\u202e\u200b,村管理员,510999001200,"))[2]
    assert (
        office_rows.read(f"{HEAD}\n13900000102,石,村管理员,510999001200,\u202e一二三四五六")[0].title == "一二三四五六"
    )


async def test_the_same_table_again_changes_nothing(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    await imported(await pasted(county, "\n".join(GOOD)))
    count, entries = await offices(), await db.read("SELECT COUNT(*) AS n FROM core_audit_entry")
    page = await pasted(county, "\n".join(GOOD).replace(",", "\t"))
    assert "没有要导入的行" in page.text
    assert all("已经担任" in words for words in told(page).values())
    assert (await county.post(page.url, {})).status == 422
    assert (await offices(), await db.read("SELECT COUNT(*) AS n FROM core_audit_entry")) == (count, entries)


async def test_each_mistake_is_named_with_its_line_and_the_right_lines_are_done(site: LiveSite) -> None:
    township = await site.sign_in(await site.township_admin())
    lines = [
        HEAD,
        "13900000101,罗春秀,村管理员,510999001200,",  # 2 right
        "1390000,石满仓,村管理员,510999001200,",  # 3
        "13900000103,冉光明,村管理员,510999001999,",  # 4
        "13900000104,东家,村管理员,510999002200,",  # 5 of another township
        "13900000105,县长,县管理员,510999000000,",  # 6 above
        "13900000106,错级,村管理员,510999001000,",  # 7 a township's code
        "13900000101,罗春秀,村管理员,510999001200,",  # 8 as line 2
        "13900000107,皇上,皇帝,510999001200,",  # 9
        "13900000108,,村管理员,510999001200,",  # 10
        "1.39E+10,科学,村管理员,510999001200,",  # 11
        "13900000109,短码,村管理员,5109,",  # 12
        "13900000110,长印,村管理员,510999001200,一二三四五六七",  # 13
    ]
    page = await pasted(township, "\n".join(lines))
    said = told(page)
    expected = {
        3: "手机号不对，要 11 位数字",
        4: "没有代码是 510999001999 的地方",
        5: "东湖村不归你管",
        6: "比你自己的高",
        7: "不是一级",
        8: "和第 2 行一样",
        9: "“皇帝”不是一种职务",
        10: "没有姓名",
        11: "科学计数法",
        12: "要 12 位数字，这里是“5109”",
        13: "最多 6 个字",
    }
    for line, words in expected.items():
        assert words in said[line], (line, said[line])
    assert "新开账号" in said[2]
    before = await offices()
    page = await imported(page)
    assert await offices() == before + 1
    csv = (await township.open(f"{page.url}/result.csv")).response.content.decode("utf-8-sig")
    assert len(csv.splitlines()) == 13
    assert "13900000101" not in csv
    assert "收验证码登录" in csv


async def test_without_the_rule_a_township_would_grant_above_itself(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    township = await site.sign_in(await site.township_admin())
    text = f"{HEAD}\n13900000105,县长,县管理员,510999000000,"
    assert "比你自己的高" in (await pasted(township, text)).text
    monkeypatch.setattr(rules, "may_grant", lambda held, kind, chain: True)
    assert "新开账号" in (await pasted(township, text)).text, "the control"


async def test_a_table_belongs_to_whoever_sent_it(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    other = await site.sign_in(await site.county_admin("另一位"))
    page = await pasted(county, "\n".join(GOOD))
    for path in (page.url, f"{page.url}/result.csv", f"{HOME}/nothing"):
        assert (await other.open(path)).status == 404
    assert (await other.post(page.url, {})).status == 404
    assert not await db.read("SELECT 1 FROM core_office_import WHERE state <> 'checked'")
    kept = str((await db.read("SELECT content FROM core_office_import"))[0]["content"])
    assert "罗春秀" not in kept, "sealed"


async def test_whoever_lost_the_office_meanwhile_grants_nothing_more(site: LiveSite) -> None:
    await site.county_admin("另一位")
    who = await site.county_admin()
    lines = office_rows.read("\n".join(GOOD))
    key = await office_imports.keep(lines, who.id)
    await db.run_unit(db.write, "UPDATE core_office_import SET state = 'started' WHERE key = ?", key)
    await db.run_unit(db.write, "UPDATE core_role SET revoked_at = granted_at WHERE person_id = ?", who.id)
    rows = await db.read("SELECT id FROM core_office_import WHERE key = ?", key)
    ctx = TaskContext(task="t", payload={"import": rows[0]["id"]}, village_id=None, attempt=1, key="j")
    before = await offices()
    await office_imports.carry_out(ctx)
    assert await offices() == before
    found = await office_imports.kept(key, who.id)
    assert found is not None
    assert set(found.outcomes.values()) == {"wrong"}


async def test_a_run_that_was_cut_off_goes_on_where_it_was(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    who = await site.county_admin()
    text = "\n".join([HEAD, *(f"139000010{n:02},干部{n:02},村管理员,510999001200," for n in range(30))])
    key = await office_imports.keep(office_rows.read(text), who.id)
    await db.run_unit(db.write, "UPDATE core_office_import SET state = 'started' WHERE key = ?", key)
    rows = await db.read("SELECT id FROM core_office_import WHERE key = ?", key)
    ctx = TaskContext(task="t", payload={"import": rows[0]["id"]}, village_id=None, attempt=1, key="j")
    monkeypatch.setattr(office_imports, "AT_ONCE", 10)
    carried, done = office_imports._some, 0

    async def cut_off(*given: object) -> None:
        nonlocal done
        if done == 2:
            raise ConnectionResetError
        done += 1
        await carried(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(office_imports, "_some", cut_off)
    before = await offices()
    with pytest.raises(ConnectionResetError):
        await office_imports.carry_out(ctx)
    assert await offices() == before + 20
    monkeypatch.setattr(office_imports, "_some", carried)
    await office_imports.carry_out(ctx)
    assert await offices() == before + 30
    found = await office_imports.kept(key, who.id)
    assert found is not None
    assert (found.state, set(found.outcomes.values())) == ("done", {"made"})


async def test_three_hundred_lines_take_few_reads_to_look_at(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    who = await site.county_admin()
    lines = office_rows.read("\n".join([HEAD, *(f"139{n:08},干部,村管理员,510999001200," for n in range(300))]))
    actor = office_imports._Actor(id=who.id, roles=await roles.roles_of(who.id))
    asked, read = [], db.read

    async def counted(sql: str, *values: object) -> object:
        asked.append(sql)
        return await read(sql, *values)

    monkeypatch.setattr(db, "read", counted)
    judged = await office_imports.judge(lines, actor)
    assert {one.outcome for one in judged} == {"made"}
    assert 0 < len(asked) <= 8


async def test_an_account_that_is_stopped_is_given_nothing(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    number = parse_phone("13900000101")
    assert number is not None
    person = await accounts.add_person(number, "罗春秀")
    await db.run_unit(db.write, "UPDATE core_person SET state = 'suspended' WHERE id = ?", person)
    page = await pasted(county, "\n".join(GOOD[:2]))
    assert "账号停用了" in told(page)[2]
    assert await sample.person("谁") is not None


async def test_the_table_to_fill_in_names_the_villages_that_have_no_admin_and_is_taken_as_it_is(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    rows = await db.read(
        "SELECT r.code FROM core_village v JOIN core_region r ON r.id = v.region_id"
        " WHERE v.state = 'open' AND v.county_id = ? ORDER BY r.code",
        site.county_id,
    )
    blank = lines_of((await county.open("/admin/roles/template.csv")).response.text)
    assert [line.cells[3] for line in blank[1:]] == [f"'{row['code']}" for row in rows]
    first = [*blank[1].cells]
    first[:2] = ["13900000101", "罗春秀"]
    filled = "\n".join(",".join(line) for line in [blank[0].cells, first, *(line.cells for line in blank[2:])])
    page = await uploaded(county, filled)
    assert "导入 1 行" in page.text, "lines in which nobody stands are left out"
    await imported(page)
    again = lines_of((await county.open("/admin/roles/template.csv")).response.text)
    assert [line.cells[3] for line in again[1:]] == [f"'{row['code']}" for row in rows[1:]]
    township = await site.sign_in(await site.township_admin())
    own = lines_of((await township.open("/admin/roles/template.csv")).response.text)
    assert 0 < len(own) - 1 < len(rows) - 1, "only what lies below"


def test_where_every_village_has_an_admin_the_table_shows_examples() -> None:
    assert office_rows.template([])[1][0] == "13800000000"
