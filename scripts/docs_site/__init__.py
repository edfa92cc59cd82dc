"""How docs/ becomes a static site: the settings of Sphinx, the tree of pages, and a search that knows Chinese."""
