"""What a service runs side by side: lines of questions, jobs, and who answers now."""
