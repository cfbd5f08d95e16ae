"""The views of the explorer's page: plane, data, sliders."""
