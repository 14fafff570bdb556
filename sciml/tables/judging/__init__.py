"""What a fitted density is worth, on rows kept back."""
