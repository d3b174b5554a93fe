"""What a module declares: in its pyproject.toml, or in what it was installed from."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.lint.packages import declared_in, import_names, normalised, packages_of


def test_the_store_s_modules_declare_their_packages() -> None:
    assert packages_of("accounts") == ("alembic", "argon2-cffi", "dependency-injector", "msgspec", "sqlalchemy")
    assert packages_of("nothing") == ()


def test_an_installed_module_is_known_by_its_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "acme_wishes-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(
        "Metadata-Version: 2.3\nName: acme-wishes\nVersion: 1.0\n"
        "Requires-Dist: Msgspec>=0.22\nRequires-Dist: pytest; extra == 'test'\n"
    )
    (installed / "RECORD").write_text("modules/wishes/__init__.py,,\n")
    (tmp_path / "modules" / "wishes").mkdir(parents=True)
    (tmp_path / "modules" / "wishes" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    declared = declared_in(tmp_path / "modules" / "wishes")
    assert declared is not None
    assert (declared.file, [*declared.requirements]) == (None, ["msgspec"])
    assert packages_of("wishes") == ("msgspec",)
    assert declared_in(tmp_path / "modules" / "others") is None


def test_a_package_brings_names() -> None:
    assert "argon2" in (import_names("argon2-cffi") or ())
    assert "msgspec" in (import_names("msgspec") or ())
    assert import_names("no-such-package") is None


def test_names_are_compared_as_pip_does() -> None:
    assert normalised("Dependency__Injector.X") == "dependency-injector-x"
