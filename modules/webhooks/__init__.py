"""The webhooks: where providers outside call back."""
