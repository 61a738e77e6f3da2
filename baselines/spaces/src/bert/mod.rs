//! Describes BERT's spaces: transformer encoders for masked language modelling. SuperShaper's choose the width of every
//! layer between bottleneck matrices (arXiv 2110.04711); the homogeneous ones of Mixture-of-Supernets (arXiv 2306.04845)
//! and AutoDistil (arXiv 2201.12507) choose width, heads, feed-forward ratio and depth of whole nets.

pub mod blocks;
pub mod constants;
pub mod count;
pub mod fields;
pub mod layout;
pub mod validate;
pub mod view;
