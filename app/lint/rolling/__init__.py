"""What a module's migrations mean for hosts of the release before, which run on while the tables change under them."""
