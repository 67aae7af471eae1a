"""Networks in torch, one architecture per file. Imported only by what trains or exports them."""
