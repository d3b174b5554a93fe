"""Every page of the storefront, for tests of the whole store, which do not look into a module themselves."""

from __future__ import annotations

from modules.storefront import app

PAGES: tuple[tuple[str, str], ...] = tuple((method, path) for method, path, _ in app.PAGES)
