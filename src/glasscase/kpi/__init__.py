"""What goes with sales, clicks or ratings: regressors, honest splits, drivers. No causes."""
