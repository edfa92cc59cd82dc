"""The tables behind the search, which no model describes: an FTS5 table on SQLite, tsvectors with a GIN index on PostgreSQL.

Triggers note in `core_search_due` whatever is written, changed, hidden, moved to another village or deleted, whoever does it;
`cunli.feed.search_index` works that off, in the same unit where it can. Only what stands there for others is in the index.
"""

from __future__ import annotations

from typing import Any, Final

_POST_WORDS: Final = ("title", "body", "place")
_POST_WHERE: Final = ("state", "region_id", "village_id", "audience", "author_id", "kind")
_COMMENT: Final = ("body", "state", "post_id")


def _changed(columns: tuple[str, ...], differs: str) -> str:
    return " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns)


def _sqlite() -> list[str]:
    note = "INSERT INTO core_search_due (kind, object_id) VALUES ('{}', {}.id) ON CONFLICT DO NOTHING;"
    below = (
        "INSERT INTO core_search_due (kind, object_id) SELECT 'c', c.id FROM core_comment c"
        " WHERE c.post_id = NEW.id AND c.state = 'visible' ON CONFLICT DO NOTHING;"
    )
    made = [
        "CREATE TABLE core_search_due (kind TEXT NOT NULL, object_id INTEGER NOT NULL, PRIMARY KEY (kind, object_id))"
    ]
    made += [
        f"CREATE VIRTUAL TABLE core_{name}_words USING fts5(scope, words, tokenize = 'ascii', prefix = '1')"
        for name in ("post", "comment")
    ]
    for table, kind, columns in (("post", "p", _POST_WORDS + _POST_WHERE), ("comment", "c", _COMMENT)):
        made += [
            f"CREATE TRIGGER core_{table}_words_new AFTER INSERT ON core_{table} WHEN NEW.state = 'visible'"
            f" BEGIN {note.format(kind, 'NEW')} END",
            f"CREATE TRIGGER core_{table}_words_changed AFTER UPDATE OF {', '.join(columns)} ON core_{table}"
            f" WHEN {_changed(columns, 'IS NOT')} BEGIN {note.format(kind, 'NEW')} END",
            f"CREATE TRIGGER core_{table}_words_gone AFTER DELETE ON core_{table} BEGIN {note.format(kind, 'OLD')} END",
        ]
    made.append(
        f"CREATE TRIGGER core_post_words_below AFTER UPDATE OF {', '.join(_POST_WHERE)} ON core_post"
        f" WHEN {_changed(_POST_WHERE, 'IS NOT')} BEGIN {below} END"
    )
    return made


def _postgres() -> list[str]:
    made = [
        "CREATE TABLE core_search_due (kind TEXT NOT NULL, object_id BIGINT NOT NULL, PRIMARY KEY (kind, object_id))"
    ]
    for name in ("post", "comment"):
        made += [
            f"CREATE TABLE core_{name}_words (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
            f"CREATE INDEX core_{name}_words_index ON core_{name}_words USING GIN (words)",
        ]
    made.append(
        "CREATE FUNCTION core_search_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO core_search_due (kind, object_id) VALUES (TG_ARGV[0], COALESCE(NEW.id, OLD.id)) ON CONFLICT DO NOTHING;"
        " RETURN NULL; END $$"
    )
    made.append(
        "CREATE FUNCTION core_search_below() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO core_search_due (kind, object_id) SELECT 'c', c.id FROM core_comment c"
        " WHERE c.post_id = NEW.id AND c.state = 'visible' ON CONFLICT DO NOTHING; RETURN NULL; END $$"
    )
    for table, kind, columns in (("post", "p", _POST_WORDS + _POST_WHERE), ("comment", "c", _COMMENT)):
        made += [
            f"CREATE TRIGGER core_{table}_words_new AFTER INSERT ON core_{table} FOR EACH ROW WHEN (NEW.state = 'visible')"
            f" EXECUTE FUNCTION core_search_note('{kind}')",
            f"CREATE TRIGGER core_{table}_words_changed AFTER UPDATE OF {', '.join(columns)} ON core_{table} FOR EACH ROW"
            f" WHEN ({_changed(columns, 'IS DISTINCT FROM')}) EXECUTE FUNCTION core_search_note('{kind}')",
            f"CREATE TRIGGER core_{table}_words_gone AFTER DELETE ON core_{table} FOR EACH ROW"
            f" EXECUTE FUNCTION core_search_note('{kind}')",
        ]
    made.append(
        f"CREATE TRIGGER core_post_words_below AFTER UPDATE OF {', '.join(_POST_WHERE)} ON core_post FOR EACH ROW"
        f" WHEN ({_changed(_POST_WHERE, 'IS DISTINCT FROM')}) EXECUTE FUNCTION core_search_below()"
    )
    return made


NOTE_ALL: Final = (
    "INSERT INTO core_search_due (kind, object_id) SELECT 'p', id FROM core_post WHERE state = 'visible'",
    "INSERT INTO core_search_due (kind, object_id) SELECT 'c', id FROM core_comment WHERE state = 'visible'",
)
TRIGGERS: Final = frozenset(
    [f"core_{table}_words_{what}" for table in ("post", "comment") for what in ("new", "changed", "gone")]
    + ["core_post_words_below"]
)


async def make(_apps: Any, editor: Any) -> None:
    """Make the tables and the triggers, and note what stands there already. Part of a migration."""
    sqlite = editor.client.capabilities.dialect == "sqlite"
    for statement in [*(_sqlite() if sqlite else _postgres()), *NOTE_ALL]:
        await editor.client.execute_script(statement)


async def unmake(_apps: Any, editor: Any) -> None:
    """The way back."""
    sqlite = editor.client.capabilities.dialect == "sqlite"
    gone = [f"DROP TRIGGER {name}" + ("" if sqlite else f" ON core_{name.split('_')[1]}") for name in sorted(TRIGGERS)]
    gone += [] if sqlite else ["DROP FUNCTION core_search_note()", "DROP FUNCTION core_search_below()"]
    gone += ["DROP TABLE core_post_words", "DROP TABLE core_comment_words", "DROP TABLE core_search_due"]
    for statement in gone:
        await editor.client.execute_script(statement)
