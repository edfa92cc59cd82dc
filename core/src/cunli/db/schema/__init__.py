"""What stands behind `cunli.db.migrations`: the only modules that touch `tortoise.migrations`.

Tortoise's migrations are young (January 2026) and lean on private parts here, therefore `tortoise-orm` is pinned exactly.
Each trap mended here has a test that shows the stock behaviour beside ours (core/tests/db/test_migration_traps*.py).
"""
