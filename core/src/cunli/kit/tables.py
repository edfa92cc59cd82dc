"""Whether the plugin's tables and migrations keep to the rules; the database itself is not asked here."""

from __future__ import annotations

from collections.abc import Iterator

from cunli.kit.subject import Subject


def tables_have_migrations(subject: Subject) -> Iterator[str]:
    """Name `migrations="cunli_<id>.migrations"` in the manifest and ship the folder with its __init__.py."""
    tables, module = subject.probed.get("tables", ()), subject.probed.get("migrations")
    if tables and not module:
        yield f"{len(tables)} tables and no migrations in the manifest"
    elif module:
        folder = module.replace(".", "/")
        if not any(name.startswith(f"{folder}/0") for name in subject.files):
            yield f"the wheel has no {folder}/0001_….py"


def migrations_say_what_the_models_say(subject: Subject) -> Iterator[str]:
    """Write the missing migration; a new column without a value for old rows needs db_default=… or null=True."""
    yield from subject.probed.get("drift", ())


def keys_point_at_what_is_required(subject: Subject) -> Iterator[str]:
    """Keys go to tables of the core, your own, and those of plugins in `requires`: others may not be there."""
    allowed = {"core", subject.name, *subject.probed.get("requires", ())}
    for key, model in _keys(subject):
        if str(key["to"]).partition(".")[0] not in allowed:
            yield f"{model}.{key['name']} points at {key['to']}"


def keys_put_nothing_on_others(subject: Subject) -> Iterator[str]:
    """Write related_name=False: otherwise the other model gets an attribute of yours, in every plugin's sight."""
    for key, model in _keys(subject):
        if key["related_name"] and str(key["to"]).partition(".")[0] != subject.name:
            yield f"{model}.{key['name']} puts an attribute on {key['to']}"


def _keys(subject: Subject) -> Iterator[tuple[dict[str, object], str]]:
    for table in subject.probed.get("tables", ()):
        yield from ((key, table["model"]) for key in table["keys"])
