"""Miners over the cgminer API (TCP 4028) and Whatsminer's newer one (TCP 4433): reads only, nothing is ever written."""
