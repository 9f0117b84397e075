"""A stage's app on Modal: its names, its container image, its functions. Nothing else imports modal."""
