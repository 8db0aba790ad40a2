"""What Torii adds to JupyterHub on one EC2 instance."""
