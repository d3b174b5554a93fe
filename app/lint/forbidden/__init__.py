"""Names that no file may mention, save in the places that each rule lists; `rings/mentions.py` looks for them."""
