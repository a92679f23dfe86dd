"""What an operator replaces on the site: its name, logo, accent colour and links."""
