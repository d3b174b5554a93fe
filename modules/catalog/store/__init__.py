"""Where the catalogue is kept: the only part of it that knows tables."""
