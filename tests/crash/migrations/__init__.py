"""The scribe's tables."""
