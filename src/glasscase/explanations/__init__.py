"""Why a model answered as it did: heat maps, word weights, shares, neighbours."""
