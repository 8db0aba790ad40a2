"""What machines of all kinds need on EC2."""
