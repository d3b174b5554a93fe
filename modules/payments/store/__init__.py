"""Where payments, their ledger and the sandbox's book are kept: the only part that knows tables."""
