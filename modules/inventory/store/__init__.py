"""Where the stock is kept: the only part of it that knows tables."""
