"""What is prepared by one person and signed by another: quota runs, regimes, doctrines."""
