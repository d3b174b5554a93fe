"""The catalogue: categories, products, prices and search."""
