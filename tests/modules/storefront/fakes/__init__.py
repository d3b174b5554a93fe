"""Small stand-ins for what the storefront needs: in memory, true to their contracts, and breakable."""
