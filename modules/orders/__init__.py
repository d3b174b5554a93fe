"""Orders: what one would cost, and the purchase as a saga over stock and payment."""
