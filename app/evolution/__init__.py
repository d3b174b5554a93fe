"""How contracts change without breaking those who call them."""
