"""The history of the carts' tables."""
