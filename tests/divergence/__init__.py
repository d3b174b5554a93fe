"""What may differ between a call within a process and the same call to another: this, and nothing that we know of.

Each test shows both, side by side: ``local`` is one host with all modules, ``remote`` the wire on a Unix socket, which
TCP does not differ from, ``http`` the door: all in production. ``guarded`` is one host in development, where the guards
see most of what differs, and refuse it before anybody gets used to it. Whoever keeps to types, leaves proofs of actors
to `accounts` and does not count on what happens during an ``await`` meets none of it. `tests/carriers` has what is the
same everywhere.
"""
