"""The auditor: proves that orders, payments and stock bear each other out, from their contracts alone."""
