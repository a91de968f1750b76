"""A database as an older version of the program would have written it."""

import os
import sqlite3
from pathlib import Path

FIRST_SCHEMA = Path(__file__).resolve().parents[2] / "src/store/schema/0001-first.sql"


def to_version_1(database):
    """Puts the facts of `database` into the schema that the first version of the program had."""
    newer = database.with_name("newer.db")
    was = database.stat()
    database.rename(newer)
    connection = sqlite3.connect(database, isolation_level=None)
    connection.executescript(FIRST_SCHEMA.read_text())
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    tables = connection.execute(tables).fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("ATTACH ? AS newer", [str(newer)])
    for (table,) in tables:
        columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
        connection.execute(f"DELETE FROM {table}")
        connection.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}")
    for _, sql in triggers:
        connection.execute(sql)
    connection.execute("PRAGMA user_version = 1")
    connection.execute("DETACH newer")
    # As the program leaves it.
    connection.execute("PRAGMA journal_mode = wal")
    connection.close()
    for suffix in ("", "-wal", "-shm"):
        newer.with_name(newer.name + suffix).unlink(missing_ok=True)
    database.chmod(was.st_mode & 0o777)
    os.chown(database, was.st_uid, was.st_gid)
