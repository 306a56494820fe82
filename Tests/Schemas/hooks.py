"""Has requests for texts name a model that is there, nearly always: no chance finds its name."""

import schemathesis

# Where a model does work. What changes models finds names by chance alone, or none would be left.
WORKING = {
    "/api/chat", "/api/detokenize", "/api/embed", "/api/embeddings", "/api/generate", "/api/show",
    "/api/tokenize", "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/messages",
    "/v1/messages/count_tokens", "/v1/responses",
}


@schemathesis.hook
def map_body(context, body):
    """Names the demo model unless a request has nearly no members."""
    if context.operation.path in WORKING and isinstance(body, dict) and body:
        return {**body, "model": "demo"}
    return body
