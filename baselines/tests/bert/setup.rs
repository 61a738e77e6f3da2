//! Makes tiny spaces, networks and batches.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mos_baselines::bert::batch::{MaskedSequences, Sequences};
use mos_baselines::supernet::weights::WeightSource;
use mos_spaces::bert::constants::Bottleneck;
use mos_spaces::bert::fields::{BOTTLENECK_HIDDEN, BOTTLENECK_LAYERS};
use mos_spaces::catalog::layout_of;
use mos_spaces::layout::Layout;
use mos_spaces::method::{MethodSettings, WeightKind};
use mos_spaces::space::Constants;
use mos_spaces::{Method, SearchSpace};
use tch::{Device, Kind, Tensor};

/// Rows of the vocabulary of the stored checkpoint.
pub const VOCAB: i64 = 40;

/// Takes libtorch's generator, which is one for all threads of a process. Every test that makes a network takes it, even
/// one that compares no numbers: its draws would shift those of the test that runs beside it.
pub fn own_generator() -> MutexGuard<'static, ()> {
    static GENERATOR: Mutex<()> = Mutex::new(());
    GENERATOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the space with maps whose widest subnet is the stored checkpoint.
pub fn space() -> SearchSpace {
    let mut space = SearchSpace::find("bert-v1-smoke").unwrap();
    let Constants::Bert(constants) = &mut space.constants else { panic!("a space of BERT's families") };
    constants.bottleneck = Some(Bottleneck { stream: 12, heads: 2, intermediate: 20 });
    space.choices[BOTTLENECK_HIDDEN] = vec![12, 8, 4];
    space.choices[BOTTLENECK_LAYERS] = vec![2];
    space.max_positions = 16;
    space
}

/// Returns the layout of its networks.
pub fn layout() -> Arc<dyn Layout> {
    layout_of(&space(), VOCAB).into()
}

/// Makes a supernet of a method, whose routers drop nothing.
pub fn supernet(method: &str, seed: u64) -> WeightSource {
    let settings = MethodSettings { experts: 2, router_width: 8, router_dropout: 0.0 };
    WeightSource::supernet(layout(), weights_of(method), &settings, seed, Device::Cpu)
}

/// Returns how a method makes weights.
pub fn weights_of(method: &str) -> WeightKind {
    Method::find(method).unwrap().weights
}

/// Returns the path of a stored file.
pub fn fixture_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/bert").join(name)
}

/// What the stored checkpoint computes; `fixtures/bert/make_fixtures.py` is the recipe.
pub struct Pass(HashMap<String, Tensor>);

impl Pass {
    pub fn read() -> Pass {
        Pass(Tensor::read_safetensors(fixture_path("tiny-bert-pass.safetensors")).unwrap().into_iter().collect())
    }

    pub fn get(&self, name: &str) -> &Tensor {
        self.0.get(name).unwrap_or_else(|| panic!("the fixture holds no {name}"))
    }

    fn ints(&self, name: &str) -> Vec<i64> {
        Vec::<i64>::try_from(self.get(name).flatten(0, -1)).unwrap()
    }

    /// Makes the stored batch.
    pub fn batch(&self) -> MaskedSequences {
        let batch = MaskedSequences::new(
            &self.ints("ids"),
            self.ints("lengths"),
            &self.ints("places"),
            &self.ints("targets"),
            Device::Cpu,
        );
        let types = self.ints("types");
        let sequences = Sequences::new(&self.ints("ids"), Some(&types), self.ints("lengths"), Device::Cpu);
        MaskedSequences { sequences, ..batch }
    }
}

/// Makes a batch of random sequences, one of them padded, with three masked places a row.
pub fn random_batch(rows: i64, seed: u64) -> MaskedSequences {
    let length = 9;
    let id = |i: i64| 5 + (i * 7919 + seed as i64 * 31) % (VOCAB - 5);
    let ids: Vec<i64> = (0..rows * length).map(id).collect();
    let lengths = (0..rows).map(|row| if row == 1 { 6 } else { length }).collect();
    let places: Vec<i64> = (0..rows).flat_map(|row| [1, 3, 5].map(|place| row * length + place)).collect();
    let targets: Vec<i64> = places.iter().map(|place| id(place + 100)).collect();
    MaskedSequences::new(&ids, lengths, &places, &targets, Device::Cpu)
}

/// Returns the largest absolute difference of two tensors.
pub fn largest_difference(a: &Tensor, b: &Tensor) -> f64 {
    (a.to_kind(Kind::Double) - b.to_kind(Kind::Double)).abs().max().double_value(&[])
}
