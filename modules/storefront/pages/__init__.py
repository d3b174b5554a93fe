"""The pages, by use case; `app.py` says at which address."""
