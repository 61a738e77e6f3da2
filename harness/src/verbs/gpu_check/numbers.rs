//! Compares loss and gradient of one micro-batch on the device with the CPU's, for each method and precision.

use anyhow::Result;
use mos_baselines::supernet::pass::SubnetPass;
use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::task::Batch as _;
use mos_plan::spec::precision::Precision;
use mos_spaces::Method;
use mos_spaces::SearchSpace;
use mos_spaces::catalog::layout_of;
use mos_spaces::method::{self, MethodSettings};
use tch::{Device, Kind, Tensor};

use super::check::{Check, Subject, caught};
use crate::worker::timed_task::TimedTask;
use crate::worker::weights::product_kind;

/// Tokens of the micro-batch.
const TOKENS: usize = 256;

/// Largest difference of the loss, and of the gradient's vector, as shares of the CPU's in float32. A float32 product sums
/// in another order on a GPU; bf16 keeps 8 bits of every factor.
fn tolerance(precision: Precision) -> f64 {
    match precision {
        Precision::Float32 => 1e-3,
        Precision::Bf16 => 6e-2,
    }
}

/// Compares each method in each precision.
pub fn checks<T: TimedTask>(subject: &Subject) -> Result<Vec<Check>> {
    let methods = method::baselines().into_iter().chain(method::proposed());
    let mut checks = Vec::new();
    for method in methods {
        let expected = run::<T>(subject, method, Device::Cpu, Precision::Float32)?;
        for precision in [Precision::Float32, Precision::Bf16] {
            checks.push(match caught(|| run::<T>(subject, method, subject.device, precision)) {
                Ok(found) => compare(subject.name, &method.name, precision, &expected, &found),
                Err(error) => {
                    let name = format!("{} in {} against the CPU ({})", method.name, precision.name(), subject.name);
                    Check { name, passed: false, found: format!("{error:#}") }
                }
            });
        }
    }
    Ok(checks)
}

/// Loss a token, and the gradient of all parameters, on the CPU.
struct Outcome {
    loss: f64,
    gradient: Tensor,
}

fn run<T: TimedTask>(subject: &Subject, method: &Method, device: Device, precision: Precision) -> Result<Outcome> {
    let profile = &subject.profile;
    let vocab = profile.task.vocab_size() as i64;
    let layout = layout_of(&SearchSpace::find(&profile.space)?, vocab).into();
    // Dropout draws other masks on a GPU, so there is none.
    let settings = MethodSettings { router_dropout: 0.0, ..profile.experts };
    let kind = product_kind(precision);
    let source = WeightSource::supernet(layout, method.weights, &settings, 1, device).computing_in(kind);
    let task = T::timed(profile, &source, false);
    let batch = T::full_batch(profile, (TOKENS / T::row_tokens(profile)).max(1), device);
    let mut pass = SubnetPass::new(&source, &source.space().largest());
    let (loss, grads) = task.gradients(pass.mix(), &batch);
    pass.add(grads);
    pass.finish();
    let gradient = source.params.grad.to_device(Device::Cpu).to_kind(Kind::Double);
    Ok(Outcome { loss: loss.double_value(&[]) / batch.weight() as f64, gradient })
}

fn compare(size: &str, method: &str, precision: Precision, expected: &Outcome, found: &Outcome) -> Check {
    let norm = |tensor: &Tensor| tensor.norm().double_value(&[]);
    let loss = ((found.loss - expected.loss) / expected.loss).abs();
    let gradient = norm(&(&found.gradient - &expected.gradient)) / norm(&expected.gradient);
    let most = tolerance(precision);
    Check {
        name: format!("{method} in {} against the CPU in float32 ({size})", precision.name()),
        // A NaN compares as false.
        passed: loss <= most && gradient <= most,
        found: format!("loss off by {loss:.1e}, gradient by {gradient:.1e} (at most {most:.0e})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_baselines::translation::task::Translation;
    use mos_plan::profile::profile::Profile;

    #[test]
    fn a_wrong_gradient_and_one_that_is_no_number_fail() {
        let outcome = |loss: f64, first: f64| Outcome { loss, gradient: Tensor::from_slice(&[first, 1.0]) };
        let expected = outcome(2.0, 1.0);
        let passes = |found: &Outcome| compare("smoke", "hat", Precision::Float32, &expected, found).passed;
        assert!(passes(&outcome(2.0, 1.0)));
        assert!(!passes(&outcome(2.1, 1.0)) && !passes(&outcome(2.0, 1.1)) && !passes(&outcome(2.0, f64::NAN)));
    }

    #[test]
    fn the_cpu_agrees_with_itself_and_bf16_is_near() {
        let subject = Subject { device: Device::Cpu, name: "smoke", profile: Profile::find("smoke").unwrap() };
        let checks = checks::<Translation>(&subject).unwrap();
        assert!(checks.len() >= 8);
        for check in &checks {
            assert!(check.passed, "{check:?}");
        }
    }
}
