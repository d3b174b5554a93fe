"""A table of every kind of value, of every kind of key, rows that refer to rows, and a trigger of the module's own."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "kinds",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("word", sa.String),
        sa.Column("whole", sa.BigInteger),
        sa.Column("yes", sa.Boolean),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("fraction", sa.Double),
        sa.Column("exact", sa.Numeric(30, 10)),
        sa.Column("at", sa.DateTime),
        sa.Column("day", sa.Date),
        sa.Column("hour", sa.Time),
        sa.Column("said", sa.JSON),
    )
    op.create_table(
        "baskets",
        sa.Column("number", number, primary_key=True),
        sa.Column("owner", sa.String, unique=True),
        sa.Column("above", number, sa.ForeignKey("baskets.number")),
    )
    op.create_table(
        "lines",
        sa.Column("basket", number, sa.ForeignKey("baskets.number", ondelete="CASCADE"), nullable=False),
        sa.Column("sku", sa.String, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("sku", "basket"),
        sqlite_with_rowid=False,
    )
    op.create_table("seen", sa.Column("number", number, primary_key=True), sa.Column("sku", sa.String, nullable=False))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE words USING fts5(sku)")
        op.execute(
            "CREATE TRIGGER see AFTER INSERT ON lines BEGIN INSERT INTO seen (sku) VALUES ('see: ' || NEW.sku); END"
        )
    else:
        op.create_table("counted", sa.Column("number", number, primary_key=True), sa.Column("lines", sa.Integer))
        op.execute(
            "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO seen (sku) VALUES ('see: ' || NEW.sku); RETURN NULL; END $$"
        )
        op.execute("CREATE TRIGGER see AFTER INSERT ON lines FOR EACH ROW EXECUTE FUNCTION see()")
