"""Reports that cannot invent: a ledger of measured facts, and writers who see nothing else."""
