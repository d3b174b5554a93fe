"""Payments: holds and captures with a provider, and a ledger of what they come to."""
