"""The host: builds modules, binds contracts, runs calls through the pipeline."""
