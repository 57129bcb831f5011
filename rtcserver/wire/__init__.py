"""The five wire dialects: envelopes, error tables and base views. No rule, no model."""
