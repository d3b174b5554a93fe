"""Accounts: who people are, their sessions, profiles and address books."""
