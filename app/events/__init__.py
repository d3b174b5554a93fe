"""Events from module to module: each publisher's outbox, each subscriber's place in it."""
