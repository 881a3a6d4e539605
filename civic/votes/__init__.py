"""One support per person and thing, withdrawable; the number is public, the name is not."""
