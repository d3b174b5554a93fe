"""Which host runs which modules, and how the others reach them."""
