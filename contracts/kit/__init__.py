"""The vocabulary of contracts and modules. Pure: the standard library and msgspec.

contract, query, command, stream    declare a boundary and what may be relied on
Message, Event, Error               what crosses it
atomic, process, idempotency_key    what may be repeated, and under which key
ANYONE … SYSTEM                     who may call (``allow=``); each set admits those above it
current_actor, current_context, remaining, detached     what a call knows of itself
Module                              the manifest
AuditReport, Finding, RuleTally     what an audit tells
Database, Work, Clock, Blocking, Signer, Acting      what a host hands in
"""

from contracts.kit.actors import ANYONE, CUSTOMER, GUEST, OPERATOR, STAFF, SYSTEM, Actor, Role
from contracts.kit.auditing import AuditReport, Finding, RuleTally
from contracts.kit.context import Context, current_actor, current_context, detached, idempotency_key, remaining
from contracts.kit.contract import Contract, contract, contract_of
from contracts.kit.errors import (
    CallError,
    Conflict,
    ContractError,
    Error,
    Internal,
    InvalidArgument,
    Overloaded,
    PermissionDenied,
    TimedOut,
    Unavailable,
)
from contracts.kit.message import Event, Message
from contracts.kit.module import Derived, Module, SeedSize
from contracts.kit.operation import Operation, atomic, command, process, query, stream
from contracts.kit.ports import Acting, Blocking, Clock, Database, Signer, Work

__all__ = [
    "ANYONE",
    "CUSTOMER",
    "GUEST",
    "OPERATOR",
    "STAFF",
    "SYSTEM",
    "Acting",
    "Actor",
    "AuditReport",
    "Blocking",
    "CallError",
    "Clock",
    "Conflict",
    "Context",
    "Contract",
    "ContractError",
    "Database",
    "Derived",
    "Error",
    "Event",
    "Finding",
    "Internal",
    "InvalidArgument",
    "Message",
    "Module",
    "Operation",
    "Overloaded",
    "PermissionDenied",
    "Role",
    "RuleTally",
    "SeedSize",
    "Signer",
    "TimedOut",
    "Unavailable",
    "Work",
    "atomic",
    "command",
    "contract",
    "contract_of",
    "current_actor",
    "current_context",
    "detached",
    "idempotency_key",
    "process",
    "query",
    "remaining",
    "stream",
]
