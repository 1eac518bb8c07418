"""What is printed: labels in one file, in the order of picking."""
