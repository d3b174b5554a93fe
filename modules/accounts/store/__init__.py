"""Where accounts are kept: the only part of them that knows tables."""
