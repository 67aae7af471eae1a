"""What is judged against what, on the same folds."""
