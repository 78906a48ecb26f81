"""Write the next migration from the difference between the newest one and the tables.

    python tools/migration.py "Say what changes"

Read what it writes: Alembic cannot see a renamed column, nor what should become of the data.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import sqlcipher3.dbapi2
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from techguard.store import migrations
from techguard.store.tables import metadata

VERSIONS = Path(migrations.__file__).parent / "versions"


def main(message: str) -> None:
    engine = create_engine("sqlite://", module=sqlcipher3.dbapi2, poolclass=StaticPool)
    with engine.connect() as connection:
        old = sorted(VERSIONS.glob("[0-9]*.py"))
        if old:
            migrations.upgrade(connection)
        context = MigrationContext.configure(
            connection, opts={"include_object": lambda *args: not str(args[1]).startswith("search")}
        )
        steps = produce_migrations(context, metadata)
        assert steps.upgrade_ops is not None
        body = render_python_code(
            steps.upgrade_ops,
            sqlalchemy_module_prefix="sa.",
            alembic_module_prefix="op.",
            user_module_prefix="columns.",
        )
    # A step is frozen: it names plain types, which a later change of ours cannot alter.
    body = re.sub(r"columns\.(Choice|Moment)Column\(length=", "sa.String(length=", body)
    body = body.replace("columns.ListColumn()", "sa.Text()").replace(
        "columns.DecimalColumn()", "sa.BigInteger()"
    )
    body = re.sub(r"\n? *# ###.*", "", body).strip()
    revision = f"{len(old) + 1:04d}"
    slug = "_".join(message.lower().split())[:40]
    path = VERSIONS / f"{revision}_{slug}.py"
    down = repr(old[-1].name[:4]) if old else None
    path.write_text(
        f'"""{message}."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f"revision = {revision!r}\ndown_revision = {down}\n"
        f"branch_labels = None\ndepends_on = None\n\n\ndef upgrade() -> None:\n    {body}\n",
        encoding="utf-8",
    )
    print(path)


if __name__ == "__main__":
    main(sys.argv[1])
