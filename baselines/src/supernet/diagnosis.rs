//! Tells whether a mixture of supernets is at work: how far apart its experts are, and how much the mixing depends on the
//! architecture.

use mos_base::seed::Purpose;
use mos_spaces::Arch;
use mos_spaces::mixture::expert_name;
use tch::{Kind, Tensor};

use super::mixture::Mixture;
use super::weights::WeightSource;

/// Random architectures over which the mixing is compared, beside the largest and the smallest.
const PROBES: usize = 18;

/// What is told of a mixture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diagnosis {
    /// Distance between the other experts and the first, as a share of the first one's norm: the root of the mean over the
    /// others of `|W_e - W_1|^2 / |W_1|^2`, all mixed parameters taken together. It is 0 where all are copies.
    pub expert_distance: f64,
    /// Standard deviation of a mixing coefficient over architectures, averaged over all coefficients. It is 0 where the
    /// routers see nothing of the architecture.
    pub mixing_spread: f64,
}

impl WeightSource {
    /// Looks at the mixture of a supernet; none where it has no experts.
    pub fn diagnosis(&self) -> Option<Diagnosis> {
        let mixture = self.mixture().filter(|mixture| mixture.experts() > 1)?;
        Some(tch::no_grad(|| Diagnosis {
            expert_distance: self.expert_distance(mixture),
            mixing_spread: self.mixing_spread(mixture),
        }))
    }

    fn expert_distance(&self, mixture: &Mixture) -> f64 {
        let squared = |tensor: &Tensor| tensor.to_kind(Kind::Double).square().sum(Kind::Double).double_value(&[]);
        let (mut norm, mut apart) = (0.0, 0.0);
        for spec in self.dense_specs().iter().filter(|spec| spec.expert.is_some()) {
            let first = self.params.named(&spec.name);
            norm += squared(first);
            for expert in 1..mixture.experts() {
                apart += squared(&(self.params.named(&expert_name(expert, &spec.name)) - first));
            }
        }
        (apart / ((mixture.experts() - 1) as f64 * norm)).sqrt()
    }

    fn mixing_spread(&self, mixture: &Mixture) -> f64 {
        let space = self.space();
        let mut rng = Purpose::MixingProbes.generator(&[]);
        let random = (0..PROBES).map(|_| space.sample(&mut rng));
        let archs: Vec<Arch> = [space.largest(), space.smallest()].into_iter().chain(random).collect();
        // Every router is asked, also of layers and neurons that an architecture lacks: all answers then have one shape.
        let flat = |arch: &Arch| {
            let alphas = mixture.coefficients(&self.params, self.dense_specs(), self.encoding(arch));
            Tensor::cat(&alphas.iter().map(|alpha| alpha.flatten(0, -1)).collect::<Vec<_>>(), 0)
        };
        let all = Tensor::stack(&archs.iter().map(flat).collect::<Vec<_>>(), 0);
        all.std_dim([0i64].as_slice(), true, false).mean(Kind::Double).double_value(&[])
    }
}
