"""The service: REST and web pages over one bundle or several."""
