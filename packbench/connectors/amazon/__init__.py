"""Amazon, through the Selling Partner API or through the files of Seller Central."""
