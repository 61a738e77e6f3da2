//! Defines [`Layout`]: the parameters of every dense network of a space.

use crate::arch::Arch;
use crate::params::ParamSpec;
use crate::space::SearchSpace;

/// Gives names, shapes and first values of the parameters of any subnet.
///
/// A subnet's weights are the top-left corners of the supernet's parameters with the same names: so one description
/// serves both.
pub trait Layout: std::fmt::Debug + Send + Sync {
    /// Returns the search space.
    fn space(&self) -> &SearchSpace;

    /// Returns the rows of the vocabulary.
    fn vocab(&self) -> i64;

    /// Lists the parameters of a dense network of shape `arch`, in the order in which the model reads them.
    fn specs(&self, arch: &Arch) -> Vec<ParamSpec>;

    /// Lists the parameters of which every subnet's are corners: those of the largest subnet, unless some have parameters
    /// that it lacks.
    fn shared(&self) -> Vec<ParamSpec> {
        self.specs(&self.space().largest())
    }
}
