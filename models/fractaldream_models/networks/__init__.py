"""Networks that several kinds of model are made of, by the source that describes them."""
