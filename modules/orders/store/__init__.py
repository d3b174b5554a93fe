"""Where orders are kept: the only part that knows tables."""
