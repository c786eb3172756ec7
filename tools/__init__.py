"""Commands of the workshop: they fetch, build and check; nothing that is installed on a site imports them."""
