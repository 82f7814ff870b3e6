"""The ledger by family makes way for the ledger by lot: reservations move to it."""

from django.db import migrations


_CLEAR = """
TRUNCATE quotas_quotarun, stock_account CASCADE;
DO $$ BEGIN
    IF to_regclass('orders_order') IS NOT NULL THEN TRUNCATE orders_order CASCADE; END IF;
END $$;
"""


def clear_demo_or_refuse(_apps, schema_editor):
    """Entries by family name no lot, so they cannot be turned into entries by lot."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM stock_entry)")
        if not cursor.fetchone()[0]:
            return
        cursor.execute("SELECT EXISTS (SELECT 1 FROM kernel_mark WHERE name = 'demo')")
        if not cursor.fetchone()[0]:
            raise RuntimeError(
                "The stock ledger has entries by family; they name no lot. Export them, empty the ledger, "
                "and record an inventory by lot after this upgrade."
            )
        # The demonstration tells its story again.
        cursor.execute(_CLEAR)


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0001_initial"),
        ("quotas", "0003_pre_run_trace"),
        ("stock", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(clear_demo_or_refuse, migrations.RunPython.noop),
        migrations.RemoveField("share", "reservation"),
    ]
