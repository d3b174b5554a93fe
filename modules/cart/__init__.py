"""Carts of guests and of accounts."""
