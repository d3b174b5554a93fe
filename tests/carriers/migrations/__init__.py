"""The history of the kitchen's tables."""
