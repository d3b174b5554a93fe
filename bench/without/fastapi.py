"""Hides FastAPI from the store: dependency-injector would import it where it is installed, for the rivals alone."""

raise ImportError("the store does not have it")
