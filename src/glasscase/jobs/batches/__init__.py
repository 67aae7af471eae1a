"""Files with many products: received, taken apart, answered piece by piece, downloaded."""
