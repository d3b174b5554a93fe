"""Which tables a module makes, declares and names: read from its files, followed through its migrations."""
