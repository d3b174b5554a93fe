"""Where two versions of a type, or of a message's fields, differ, each place once."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from app.evolution.fit import Fields, Fit, Path, is_array
from app.evolution.parts import FieldShape, MessageShape, TypeShape
from app.evolution.scalars import Misfit, length, sorts
from app.evolution.words import in_words


class Difference(msgspec.Struct, frozen=True):
    """One place that differs.

    ``owner`` is the message that has the field, empty where none does. ``old_to_new`` says why a reader of the new
    version does not understand the old one, ``new_to_old`` the other way round; None where it does.
    """

    path: Path
    owner: str
    what: str
    old_to_new: Misfit | None = None
    new_to_old: Misfit | None = None


class Differences:
    """Walks two versions of a type side by side; ``old`` and ``new`` are their messages by name."""

    def __init__(self, old: Mapping[str, MessageShape], new: Mapping[str, MessageShape]) -> None:
        self._old = old
        self._new = new
        self._forward = Fit(old, new)
        self._backward = Fit(new, old)

    def type(self, old: TypeShape, new: TypeShape) -> Iterator[Difference]:
        """Yield where two types differ."""
        yield from self._type(old, new, (), "", set())

    def fields(self, old: Fields, new: Fields, owner: str = "") -> Iterator[Difference]:
        """Yield where the fields of a message, an error or an event differ, or an operation's parameters."""
        yield from self._fields(old, new, (), owner, set())

    def is_same(self, old: TypeShape, new: TypeShape) -> bool:
        """Say whether two types differ in nothing but names."""
        return next(self.type(old, new), None) is None

    def _type(
        self, old: TypeShape, new: TypeShape, path: Path, owner: str, seen: set[tuple[str, str]]
    ) -> Iterator[Difference]:
        if old.kind == new.kind == "message":
            yield from self._message(old.name, new.name, path, seen)
        elif "union" in (old.kind, new.kind):
            yield from self._union(old, new, path, owner, seen)
        elif is_array(old) and old.kind == new.kind and len(old.items) == len(new.items):
            if length(old) != length(new):
                yield self._leaf(old, new, path, owner, _without_items(old), _without_items(new))
            for place, pair in enumerate(zip(old.items, new.items, strict=True)):
                step = f"[{place}]" if old.kind == "tuple" else "[]"
                yield from self._type(*pair, (*path, step), owner, seen)
        elif old != new:
            yield self._leaf(old, new, path, owner, old, new)

    def _message(self, old: str, new: str, path: Path, seen: set[tuple[str, str]]) -> Iterator[Difference]:
        if (old, new) in seen:
            return
        seen.add((old, new))
        was, now = self._old[old], self._new[new]
        if (was.tag, was.tag_field) != (now.tag, now.tag_field):
            tags = {was.tag_field, now.tag_field}
            bare = _with_fields(old, was, tags), _with_fields(new, now, tags)
            forward, backward = Fit(*bare), Fit(*reversed(bare))
            sent, read = TypeShape("message", name=old), TypeShape("message", name=new)
            what = f"tag {was.tag_field}={was.tag!r} → {now.tag_field}={now.tag!r}"
            yield Difference(path, new, what, _at(path, forward.type(sent, read)), _at(path, backward.type(read, sent)))
        yield from self._fields(was.fields, now.fields, path, new, seen)

    def _fields(
        self, old: Fields, new: Fields, path: Path, owner: str, seen: set[tuple[str, str]]
    ) -> Iterator[Difference]:
        for name in (*old, *(name for name in new if name not in old)):
            place, was, now = (*path, name), old.get(name), new.get(name)
            what = self._said(name, old, new)
            if what:
                sent, read = _any_type(was), _any_type(now)
                forward, backward = self._forward.field(name, sent, read), self._backward.field(name, read, sent)
                yield Difference(place, owner, what, _at(path, forward), _at(path, backward))
            if was is not None and now is not None:
                yield from self._type(was.type, now.type, place, owner, seen)

    def _said(self, name: str, old: Fields, new: Fields) -> str:
        """Return what happened to a field itself, whatever happened to its type; empty for nothing."""
        was, now = old.get(name), new.get(name)
        if was is None and now is not None:
            like = _only(each for each in old if each not in new and self.is_same(old[each].type, now.type))
            return f"added: {in_words(now.type)}, {_obligation(now)}" + (like and f" (renamed from {like}?)")
        if was is not None and now is None:
            like = _only(each for each in new if each not in old and self.is_same(was.type, new[each].type))
            return f"removed: {in_words(was.type)}, {_obligation(was)}" + (like and f" (renamed to {like}?)")
        if was is not None and now is not None and was.default != now.default:
            return f"{_obligation(was)} → {_obligation(now)}"
        return ""

    def _union(
        self, old: TypeShape, new: TypeShape, path: Path, owner: str, seen: set[tuple[str, str]]
    ) -> Iterator[Difference]:
        gone, come = _members(old), _members(new)
        for was in _members(old):
            now = next((each for each in come if self._is_pair(was, each, old, new)), None)
            if now is not None:
                gone.remove(was)
                come.remove(now)
                yield from self._type(was, now, path, owner, seen)
        if gone or come:
            forward = next((misfit for each in gone if (misfit := self._forward.type(each, new))), None)
            backward = next((misfit for each in come if (misfit := self._backward.type(each, old))), None)
            what = f"{in_words(old)} → {in_words(new)}"
            yield Difference(path, owner, what, _at(path, forward), _at(path, backward))

    def _is_pair(self, was: TypeShape, now: TypeShape, old: TypeShape, new: TypeShape) -> bool:
        """Say whether two members of unions are versions of one: of the same sort, and messages by their tag."""
        if was.kind == now.kind == "message":
            alone = all(sum(each.kind == "message" for each in _members(union)) == 1 for union in (old, new))
            before, after = self._old[was.name], self._new[now.name]
            return alone or (before.tag_field, before.tag) == (after.tag_field, after.tag)
        return sorts(was) == sorts(now)

    def _leaf(
        self, old: TypeShape, new: TypeShape, path: Path, owner: str, sent: TypeShape, read: TypeShape
    ) -> Difference:
        forward, backward = self._forward.type(sent, read), self._backward.type(read, sent)
        return Difference(path, owner, f"{in_words(old)} → {in_words(new)}", _at(path, forward), _at(path, backward))


def _obligation(field: FieldShape) -> str:
    return "required" if field.required else f"default {json.dumps(field.default, ensure_ascii=False)}"


def _only(names: Iterable[str]) -> str:
    """Return the one that there is; nothing where a guess would be wild."""
    found = list(names)
    return found[0] if len(found) == 1 else ""


def _any_type(field: FieldShape | None) -> FieldShape | None:
    return None if field is None else FieldShape(TypeShape("none"), field.default)


def _without_items(shape: TypeShape) -> TypeShape:
    return msgspec.structs.replace(shape, items=(TypeShape("none"),))


def _with_fields(name: str, message: MessageShape, kept: Collection[str | None]) -> dict[str, MessageShape]:
    fields = {field: each for field, each in message.fields.items() if field in kept}
    return {name: msgspec.structs.replace(message, fields=fields)}


def _members(shape: TypeShape) -> list[TypeShape]:
    return list(shape.items) if shape.kind == "union" else [shape]


def _at(path: Path, misfit: Misfit | None) -> Misfit | None:
    return None if misfit is None else msgspec.structs.replace(misfit, path=path + misfit.path)
