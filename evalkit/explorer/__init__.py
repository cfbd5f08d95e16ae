"""A page in the browser to look into a latent space: live, or as one file.

`exploration` is the front door, `explore()`, and `server` serves the page. `content` is everything
that the page shows at first: the `map_points`, planes (`decoded_plane`), the `start` of the sliders
and the true attractor beside the model's (`attractor_pair`). `document` builds the page of `views/`
from its `payload`, with images as `sprites`. While the page is open, `requests` checks what it asks
and `session` answers, by a `decoder` made quick; `static` writes the page as one file.
"""
