//! Nothing here: the end-to-end tests are in `e2e/`.
