"""The encoders that training starts from, found, checked and unpacked."""
