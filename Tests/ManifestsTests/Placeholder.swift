// Placeholder: removed with the first real test of this module.
