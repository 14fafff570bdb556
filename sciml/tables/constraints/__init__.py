"""Linear inequalities between columns, and rows inside them."""
