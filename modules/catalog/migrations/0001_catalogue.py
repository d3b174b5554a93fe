"""Categories, products, variants, what they are narrowed by, pictures, and the full-text index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0001"
down_revision = None

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("slug", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("parent_id", sa.String, sa.ForeignKey("categories.id"), index=True),
        sa.Column("vat_rate", sa.Integer, nullable=False),
    )
    op.create_table(
        "products",
        sa.Column("number", number, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("sort_key", sa.String, nullable=False),
        sa.Column("brand", sa.String, nullable=False),
        sa.Column("category_id", sa.String, sa.ForeignKey("categories.id"), nullable=False),
        sa.Column("description", sa.String, nullable=False),
        sa.Column("attributes", sa.String, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("price_from", sa.BigInteger, nullable=False),
        sa.Column("prices_differ", sa.Boolean, nullable=False),
        sa.Column("discontinued", sa.Boolean, nullable=False),
    )
    listed = sa.column("discontinued", sa.Boolean).is_(False)
    for name, first in (("category", "category_id"), ("price", "price_from"), ("name", "sort_key")):
        op.create_index(
            f"ix_products_{name}", "products", [first, "number"], sqlite_where=listed, postgresql_where=listed
        )
    op.create_table(
        "variants",
        sa.Column("sku", sa.String, primary_key=True),
        sa.Column("product", number, sa.ForeignKey("products.number"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("attributes", sa.String, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("weight_grams", sa.Integer, nullable=False),
    )
    op.create_index("ix_variants_product", "variants", ["product", "price"])
    op.create_table(
        "attributes",
        sa.Column("product", number, sa.ForeignKey("products.number"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("sku", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("product", "name", "value", "sku"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_attributes_value", "attributes", ["name", "value", "product", "sku"])
    op.create_table(
        "pictures",
        sa.Column("product", number, sa.ForeignKey("products.number"), primary_key=True, autoincrement=False),
        sa.Column("svg", sa.String, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        # Its columns' order is what the weights in store/search_sqlite.py refer to.
        op.execute(
            "CREATE VIRTUAL TABLE product_search USING fts5("
            "name, brand, facts, description, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3')"
        )
    else:
        op.create_table(
            "product_vectors",
            sa.Column("number", number, sa.ForeignKey("products.number"), primary_key=True, autoincrement=False),
            sa.Column("name", sa.String, nullable=False),
            sa.Column("document", TSVECTOR, nullable=False),
        )
        op.create_index("ix_product_vectors_document", "product_vectors", ["document"], postgresql_using="gin")
