"""Checks of the architecture that import-linter does not bring, and of import-linter's own configuration."""
