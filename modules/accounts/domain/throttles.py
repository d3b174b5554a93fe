"""How failed attempts slow down the next ones, and never stop them for good. Instants are seconds since 1970.

A source that fails often has a leaky bucket: so many attempts at once, then one whenever a drop has left.
An account that is attacked from many sources has delays, doubled with every failure up to a longest one.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from contracts.accounts import TooManyAttempts

HOUR = 3600
FORGET = 24 * HOUR
"""Seconds without a failure after which an account's failures are forgotten."""

CUSTOMER_PREFIX = 64
"""Bits: one customer has at least so large a network of IPv6 addresses (RFC 6177)."""


class Failures(NamedTuple):
    """So many failures in a row, and the instant from which the next attempt is allowed."""

    streak: int = 0
    until: int = 0


def strike(before: Failures, now: int, *, free: int, longest: int) -> Failures:
    """Count a failure. `TooManyAttempts` while the delay that earlier ones caused is running.

    The first ``free`` failures cause none, the next one 1 second, each further one twice the last's, up
    to ``longest``. A refused attempt counts for nothing, so nobody can prolong a delay by knocking.
    """
    if now < before.until:
        raise TooManyAttempts(retry_after=before.until - now)
    streak = 1 if now >= before.until + FORGET else before.streak + 1
    delay = 0 if streak <= free else min(longest, 2 ** min(streak - free - 1, 32))
    return Failures(streak, now + delay)


def pour(empty_at: int, now: int, *, size: int) -> int:
    """Put a drop into a bucket that holds ``size`` and loses as many an hour; return when it is empty.

    `TooManyAttempts` where it is full. (The "virtual scheduling" form of the leaky bucket, ITU-T I.371.)
    """
    after = max(empty_at, now) + drop(size)
    wait = after - now - size * drop(size)
    if wait > 0:
        raise TooManyAttempts(retry_after=wait)
    return after


def drop(size: int) -> int:
    """Return the seconds that one drop takes to leave a bucket."""
    return HOUR // size


def source_name(source: str) -> str:
    """Return what counts as one source: an address, of IPv6 the network of one customer, or the text as it is."""
    try:
        address = ip_address(source.strip())
    except ValueError:
        return source
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((int(address), CUSTOMER_PREFIX), strict=False))
    return str(address)
