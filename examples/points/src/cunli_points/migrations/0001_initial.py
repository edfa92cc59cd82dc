from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("core", "__first__")]

    initial = True

    operations = [
        ops.CreateModel(
            name="Deed",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "village",
                    fields.ForeignKeyField(
                        "core.Village",
                        source_field="village_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=20)),
                ("points", fields.IntField()),
                ("open", fields.BooleanField(default=True, db_default=True)),
            ],
            options={"table": "points_deed", "app": "points", "pk_attr": "id"},
            bases=["VillageModel"],
        ),
        ops.CreateModel(
            name="Good",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "village",
                    fields.ForeignKeyField(
                        "core.Village",
                        source_field="village_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=20)),
                ("price", fields.IntField()),
                ("stock", fields.IntField()),
                ("open", fields.BooleanField(default=True, db_default=True)),
            ],
            options={"table": "points_good", "app": "points", "pk_attr": "id"},
            bases=["VillageModel"],
        ),
        ops.CreateModel(
            name="Purse",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "village",
                    fields.ForeignKeyField(
                        "core.Village",
                        source_field="village_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "core.Person",
                        source_field="person_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "household",
                    fields.ForeignKeyField(
                        "core.Household",
                        source_field="household_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("token", fields.CharField(unique=True, max_length=40)),
                ("balance", fields.IntField(default=0, db_default=0)),
            ],
            options={"table": "points_purse", "app": "points", "pk_attr": "id"},
            bases=["VillageModel"],
        ),
        ops.CreateModel(
            name="Entry",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "village",
                    fields.ForeignKeyField(
                        "core.Village",
                        source_field="village_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "purse",
                    fields.ForeignKeyField(
                        "points.Purse",
                        source_field="purse_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=5)),
                ("amount", fields.IntField()),
                ("what", fields.CharField(max_length=20)),
                ("reason", fields.CharField(default="", max_length=80)),
                (
                    "by",
                    fields.ForeignKeyField(
                        "core.Person",
                        source_field="by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "good",
                    fields.ForeignKeyField(
                        "points.Good",
                        source_field="good_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "against",
                    fields.OneToOneField(
                        "points.Entry",
                        source_field="against_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("post", fields.CharField(default="", max_length=40)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "points_entry", "app": "points", "pk_attr": "id"},
            bases=["VillageModel"],
        ),
    ]
