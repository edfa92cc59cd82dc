"""Every column that holds words, found from the models, and a way to write into all of them at once: for hostile words.

A column that nobody names here is taken for one that people fill, so that a new table is attacked from its first day on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Literal

from tortoise import fields
from tortoise.models import Model

from cunli import db
from cunli.trust.personal import EncryptedText

Kind = Literal["words", "json", "sealed"]
Words = Callable[["TextColumn", int], str]

# What no person can choose the words of, by reason. A name that no model has fails the tests.
NOT_WORDS: Final[Mapping[str, str]] = {
    "made at random by us": "core_post.key core_comment.key core_upload.key core_person.key core_membership.key core_household.key"
    " core_report.key core_held.key core_form_draft.key core_invite.token core_invite.code core_plugin_setting.row_key"
    " core_plugin_export.key core_data_export.key core_identity.key core_department_post.key core_office_import.key"
    " core_review_case.key core_review_case.open_key"
    " core_guardian.key core_minor_look.key core_minor.code core_mail_address.key"
    " core_tutor.key core_tour.key core_written_for.key",
    "keys and paths that we put together": "core_offline_payment.key core_offline_refund.key core_offline_refund.payment_id core_village.slug core_village_address.slug core_village.cover core_draft.uploads"
    " core_notification.url core_notification.once core_form_receipt.key core_form_receipt.location core_rate_count.key core_post.path",
    "one of a few names that we compare with": "core_post.kind core_post.audience core_post.state core_comment.state"
    " core_reaction.kind core_notice_receipt.how core_draft.audience core_form_draft.form core_notification.kind core_notification.plugin core_upload.plugin core_upload.kind core_held.object_kind core_held.state core_person.state core_person.locale"
    " core_person.look core_login_code.purpose core_membership.state core_membership_step.before core_membership_step.after"
    " core_role.kind core_region.code core_region.state core_region_change.kind core_village.cloth core_village.dye"
    " core_village.market_days core_village.state core_village_figure.kind core_audit_entry.action core_audit_entry.by"
    " core_audit_entry.object_kind core_audit_entry.object_id core_report.object_kind core_report.reason core_report.state"
    " core_plugin_switch.plugin core_plugin_switch.mode core_plugin_setting.plugin core_plugin_setting.key"
    " core_plugin_trouble.plugin core_plugin_trouble.hook core_plugin_trouble.problem core_compliance.profile core_offline_payment.state"
    " core_offline_payment.how core_plugin_export.plugin core_plugin_export.state core_data_export.state"
    " core_erasure.state core_erasure_part.part core_consent.purpose core_identity.way core_channel_choice.off core_department.slug"
    " core_department.hue core_department.icon core_department.state core_department_post.kind core_department_post.state"
    " core_office_import.state core_review_case.kind core_review_case.object_kind core_review_case.outcome core_review_case.rule"
    " core_review_case.state core_review_case.was core_mail_address.topics core_written_for.state",
    "made by us from names": "core_region.pinyin core_region.initials",
    "digests": "core_upload.sha256 core_person.phone_index core_person.id_number_index core_person.password_hash"
    " core_session.token_hash core_login_code.phone_index core_login_code.code_hash"
    " core_plugin_export.sha256 core_audit_entry.hash core_audit_cut.hash core_consent.text_hash core_identity.subject_index core_recovery_code.code_hash core_spent_state.digest"
    " core_mail_address.code_hash",
    "sealed, and read back by us alone": "core_second_factor.secret core_identity.address core_mail_address.address core_form_draft.fields_sealed"
    " core_office_import.content core_office_import.outcomes",
    "typed at the server by whoever runs it": "core_hold.law core_hold.reason",
    "work of the machine": "core_worker.name core_worker.version core_job.dedupe core_job.task core_job.payload core_job.state core_job.error core_event.kind"
    " core_event.payload core_schedule.name core_plugin_trouble.facts core_plugin_removal.plugin core_plugin_removal.version"
    " core_plugin_removal.by core_plugin_removal.export core_plugin_export.version"
    " core_provider_record.kind core_provider_record.name core_provider_record.error core_data_export.missing core_erasure_part.error core_erasure_part.report",
}
APPEND_ONLY: Final = frozenset({"core_audit_entry"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColumn:
    """One column of one table. `number` tells it from all others, `mark` is a character that stands for it."""

    table: str
    column: str
    row: str  # the column that names its rows
    kind: Kind
    most: int  # characters; 0 for as many as one likes
    number: int

    @property
    def mark(self) -> str:
        return chr(0xE100 + self.number)

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


def every_text(modules: Sequence[str]) -> dict[str, Any]:
    """Every text column of the models in these modules, by `table.column`, with its field."""
    models = [m for name in modules for m in vars(import_module(name)).values() if _is_model(m, name)]
    found = {
        f"{model._meta.db_table}.{field.source_field or name}": (model, field)
        for model in models
        for name, field in model._meta.fields_map.items()
        if isinstance(field, fields.CharField | fields.TextField | fields.JSONField)
    }
    return dict(sorted(found.items()))


def _is_model(thing: object, module: str) -> bool:
    return isinstance(thing, type) and issubclass(thing, Model) and thing.__module__ == module


def not_words() -> set[str]:
    """The columns of `NOT_WORDS`."""
    return {name for names in NOT_WORDS.values() for name in names.split()}


def sealed_columns() -> dict[str, EncryptedText]:
    """Every column of personal data that a loaded module declares."""
    loaded = [module for name, module in list(sys.modules.items()) if name.startswith("cunli.")]
    return {str(v): v for module in loaded for v in vars(module).values() if isinstance(v, EncryptedText)}


def columns(modules: Sequence[str]) -> list[TextColumn]:
    """The columns whose words people choose."""
    sealed, left_out = sealed_columns(), not_words()
    return [
        TextColumn(
            table=name.split(".")[0],
            column=name.split(".")[1],
            row=model._meta.db_pk_column,
            kind="sealed" if name in sealed else "json" if isinstance(field, fields.JSONField) else "words",
            most=getattr(field, "max_length", 0) or 0,
            number=number,
        )
        for number, (name, (model, field)) in enumerate(every_text(modules).items())
        if name not in left_out
    ]


async def write_everywhere(targets: Sequence[TextColumn], words: Words) -> None:
    """Put `words(column, row number)` into each of these columns, in every row; a row that has nothing where others have
    something keeps nothing, because that means something there: a post that is no notice, a person without a phone.

    It goes straight into the tables: past the forms, which clean and cut what people send.
    """
    await db.run_unit(_write, targets, words)


async def _write(targets: Sequence[TextColumn], words: Words) -> None:
    for at in targets:
        key = "key" if at.kind == "sealed" else at.row
        rows = await db.read(f'SELECT {at.row} AS id, {key} AS "key", {at.column} AS old FROM {at.table} ORDER BY 1')  # noqa: S608 names of our models
        filled = [row for row in rows if row["old"]] or (rows if at.kind == "words" else [])
        changes = [(_new(at, row, words(at, n)), row["id"]) for n, row in enumerate(filled)]
        guards = await _guards_off(at.table)
        await db.write_many(f"UPDATE {at.table} SET {at.column} = ? WHERE {at.row} = ?", changes)  # noqa: S608 names of our models
        for statement in guards:
            await db.write(statement)


async def _guards_off(table: str) -> list[str]:
    """Let an append-only table be written to; what puts its guards back."""
    if table not in APPEND_ONLY:
        return []
    if db.engine() == "postgres":
        await db.write("SET LOCAL session_replication_role = replica")
        return ["SET LOCAL session_replication_role = origin"]
    guards = await db.read("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", table)
    for guard in guards:
        await db.write(f'DROP TRIGGER "{guard["name"]}"')
    return [guard["sql"] for guard in guards]


def _new(at: TextColumn, row: Any, text: str) -> str:
    if at.kind == "sealed":
        return sealed_columns()[str(at)].seal(text, row["key"])
    if at.kind == "json":
        old = json.loads(row["old"]) if isinstance(row["old"], str) else row["old"]
        return json.dumps(_leaves(old, text), ensure_ascii=False)
    return text


def _leaves(value: Any, text: str) -> Any:
    """The same structure with `text` instead of every string in it."""
    if isinstance(value, dict):
        return {name: _leaves(inside, text) for name, inside in value.items()}
    if isinstance(value, list):
        return [_leaves(inside, text) for inside in value]
    return text if isinstance(value, str) else value


def marks_in(text: str, targets: Sequence[TextColumn]) -> Iterator[TextColumn]:
    """The columns whose words stand in a text."""
    return (at for at in targets if at.mark in text)
