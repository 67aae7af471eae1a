"""How networks are trained: one loop on Lightning Fabric, for every recipe that learns in torch."""
