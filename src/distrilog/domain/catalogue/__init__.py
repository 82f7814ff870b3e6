"""What we supply, and who offers it."""
