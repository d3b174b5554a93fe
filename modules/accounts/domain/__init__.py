"""The rules of accounts that need nothing but values."""
