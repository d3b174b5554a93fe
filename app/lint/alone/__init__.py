"""A module on its own: imported, started and exercised in a process where nothing else of the store can be reached.

The static rings read what the code says; this sees what it does, whatever way it found to say it.
"""
