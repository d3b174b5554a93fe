"""The history of a module with something of everything."""
