"""What Torii adds to Jupyter on one person's EC2 instance."""
