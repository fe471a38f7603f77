"""What Postmark posts: read, trusted, routed. The public names are in ``postmark_sdk.webhooks``."""
