"""The rings: each a file, with the readers it needs and one function that judges.

A ring has ``READERS``, a tuple of `Reader` types, and ``judge(world)``, which yields problems. What a reader finds
by one file alone is reported without the ring's doing.
"""
