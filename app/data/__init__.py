"""One database per module: engines, sessions, migrations, idempotency keys."""
