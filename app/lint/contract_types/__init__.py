"""Contract types that .importlinter adds to those of import-linter: what the import graph decides, said precisely."""
