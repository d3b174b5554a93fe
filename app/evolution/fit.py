"""Whether everything that one version writes is understood by another that reads it.

The rules are those of tolerant readers, as msgspec decodes both MessagePack and JSON: what is unknown is ignored and
what is missing filled in, if it has a default. What has a default may be missing, even where this version's codec
always writes it: values of older versions are kept, and other languages come in by the door.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.evolution.parts import FieldShape, MessageShape, TypeShape
from app.evolution.scalars import Misfit, alike, differs, length, scalar, sorts, tried, within
from app.evolution.words import in_words

Path = tuple[str, ...]
Fields = Mapping[str, FieldShape]
Seen = set[tuple[str, str]]


class Fit:
    """Compares types of two contracts; ``writes`` and ``reads`` are their messages by name."""

    def __init__(self, writes: Mapping[str, MessageShape], reads: Mapping[str, MessageShape]) -> None:
        self._writes = writes
        self._reads = reads

    def type(self, sent: TypeShape, read: TypeShape) -> Misfit | None:
        """Return the first reason why a value of the one type is not understood as the other."""
        return next(self._type(sent, read, (), set()), None)

    def field(self, name: str, sent: FieldShape | None, read: FieldShape | None) -> Misfit | None:
        """As `type`, for a field that either side may lack."""
        return next(self._field(name, sent, read, (), set()), None)

    def fields(self, sent: Fields, read: Fields) -> Misfit | None:
        """As `type`, for the fields of one message."""
        return next(self._fields(sent, read, (), set()), None)

    def _type(self, sent: TypeShape, read: TypeShape, path: Path, seen: Seen) -> Iterator[Misfit]:
        for member in sent.items if sent.kind == "union" else (sent,):
            for each in alike(member):
                chosen = self._chosen(each, read) if read.kind == "union" else read
                if chosen is None:
                    yield Misfit(path, f"may be {in_words(each)}", f"only {in_words(read)}")
                elif each.kind == chosen.kind == "message":
                    yield from self._message(each.name, chosen.name, path, seen)
                elif is_array(each) and is_array(chosen):
                    yield from self._array(each, chosen, path, seen)
                else:
                    yield from scalar(each, chosen, path)

    def _chosen(self, sent: TypeShape, union: TypeShape) -> TypeShape | None:
        """Return the member of a union by which msgspec decodes: there is at most one of a kind, save tagged ones."""
        if sent.kind == "message":
            messages = [each for each in union.items if each.kind == "message"]
            if len(messages) == 1:
                return messages[0]
            tag = _tag(self._writes, sent)
            return next((each for each in messages if _tag(self._reads, each) == tag), None)
        if is_array(sent):
            return next((each for each in union.items if is_array(each)), None)
        by_sort = {sort: each for each in union.items for sort in sorts(each)}
        return next((by_sort[sort] for sort in tried(sent) if sort in by_sort), None)

    def _message(self, sent: str, read: str, path: Path, seen: Seen) -> Iterator[Misfit]:
        if (sent, read) in seen:
            return  # it contains itself: what does not fit was found on the way here
        seen.add((sent, read))
        written, known = self._writes.get(sent), self._reads.get(read)
        if written is None or known is None:
            yield Misfit(path, f"is {sent}", f"{read}, and one of them says no fields")
            return
        sends = _with_tag(written)
        if known.tag_field is not None and known.tag_field in sends:  # one that is missing is no failure
            tag = FieldShape(TypeShape("values", values=() if known.tag is None else (known.tag,)))
            yield from self._field(known.tag_field, sends[known.tag_field], tag, path, seen)
        yield from self._fields(sends, known.fields, path, seen)

    def _fields(self, sent: Fields, read: Fields, path: Path, seen: Seen) -> Iterator[Misfit]:
        for name, field in read.items():
            yield from self._field(name, sent.get(name), field, path, seen)

    def _field(
        self, name: str, sent: FieldShape | None, read: FieldShape | None, path: Path, seen: Seen
    ) -> Iterator[Misfit]:
        path = (*path, name)
        if read is None:
            return
        if sent is None:
            if read.required:
                yield Misfit(path, "is not sent", "is required")
            return
        if read.required and not sent.required:
            yield Misfit(path, "may be left out", "is required")
        yield from self._type(sent.type, read.type, path, seen)

    def _array(self, sent: TypeShape, read: TypeShape, path: Path, seen: Seen) -> Iterator[Misfit]:
        shortest, longest = length(sent)
        if read.kind == "set" != sent.kind:
            shortest = min(shortest, 1)  # what is there twice counts once
        if not within((shortest, longest), length(read)):
            yield differs(path, sent, read)
        elif "tuple" in (sent.kind, read.kind):
            for place in range(len(sent.items if sent.kind == "tuple" else read.items)):
                yield from self._type(_item(sent, place), _item(read, place), (*path, f"[{place}]"), seen)
        else:
            yield from self._type(sent.items[0], read.items[0], (*path, "[]"), seen)


def is_array(shape: TypeShape) -> bool:
    """Say whether values of a type are sent as an array."""
    return shape.kind in ("list", "set", "tuple")


def _tag(messages: Mapping[str, MessageShape], shape: TypeShape) -> tuple[object, object]:
    message = messages.get(shape.name, MessageShape())
    return message.tag_field, message.tag


def _item(shape: TypeShape, place: int) -> TypeShape:
    return shape.items[place if shape.kind == "tuple" else 0]


def _with_tag(message: MessageShape) -> Fields:
    if message.tag_field is None or message.tag is None:
        return message.fields
    return {**message.fields, message.tag_field: FieldShape(TypeShape("values", values=(message.tag,)))}
