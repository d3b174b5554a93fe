"""The storefront: the store's web pages."""
