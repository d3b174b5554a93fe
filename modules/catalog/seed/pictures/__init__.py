"""Drawings of what the demonstration store sells: flat shapes, softly shaded, in the product's colour."""
