from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


async def fill(apps: Any, editor: Any) -> None:
    """Whoever has two shops already keeps both; the older one is theirs from now on."""
    await editor.client.execute_script(
        "UPDATE market_shop SET kept_by = CAST(village_id AS VARCHAR(10)) || ':' || CAST(owner_id AS VARCHAR(10))"
        " WHERE owner_id IS NOT NULL AND id IN (SELECT MIN(id) FROM market_shop GROUP BY village_id, owner_id);"
    )


async def leave(apps: Any, editor: Any) -> None:
    """The column goes with what is in it."""


class Migration(migrations.Migration):
    dependencies = [('market', '0007_ready_on')]

    operations = [
        ops.AddField(
            model_name='Shop',
            name='kept_by',
            field=fields.CharField(null=True, unique=True, max_length=24),
        ),
        ops.RunPython(fill, leave),
    ]
