"""The catalogue in memory, to run and test others without it."""
