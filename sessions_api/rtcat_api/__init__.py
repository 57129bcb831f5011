"""The RTCat dialect: sessions and the tokens that open them. Rules: docs/dialects/rtcat.md."""
