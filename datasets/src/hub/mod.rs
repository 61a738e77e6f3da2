//! The Hugging Face hub: which files a revision holds, their hashes, and their bytes.
//!
//! The `hf-hub` crate is the client: it knows the hub's addresses, the form of its answers, and the layout of the cache.
//! That layout is shared with the Python tools, so that a file that they have downloaded is used, and the other way
//! round. The cache's folder is `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else in `~/.cache/huggingface`. Every file is
//! first looked up there; where `HF_HUB_OFFLINE` is set, this module asks no server.
//!
//! The requests are made here, by `ureq`, which the crate brings along (see `http.rs`), because the crate cannot do what is
//! needed: it has no time limit, takes no word from a server that asks to wait, looks for proxies in its own way, follows
//! the redirect that tells the SHA-256 of a file, and downloads by a name that does not hold that hash (see [`download`]).
//!
//! Xet storage stays unused: the bytes are always fetched by plain HTTP from the `resolve` address, which the hub serves
//! for files of both kinds.
//!
//! The token (`HF_TOKEN`, or the file that `hf auth login` wrote) goes to the endpoint alone: a redirect to another
//! host or port drops it. Errors are written here, from the status alone, and quote nothing that a server said.

mod client;
pub mod download;
mod environment;
mod first_fetch;
mod http;
pub mod pins;
mod proxies;
mod trouble;
pub(crate) mod web;
