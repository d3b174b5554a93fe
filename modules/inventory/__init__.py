"""The stock: how many there are of each SKU, and for which orders some are held."""
