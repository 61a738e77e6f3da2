//! Draws subnets as HAT draws them.

use mos_base::seed::Purpose;
use rand::Rng;
use rand::seq::IndexedRandom;

use crate::arch::Arch;
use crate::field::{Draw, Scope};
use crate::space::SearchSpace;

impl SearchSpace {
    /// Draws every choice independently and uniformly, in the order of the published code: first what holds for whole
    /// nets, then the numbers of layers, then stack by stack and layer by layer the fields of an active layer, and last
    /// the fields that are drawn for as many layers as the deepest subnet has (those of inactive layers are dropped).
    pub fn sample(&self, rng: &mut impl Rng) -> Arch {
        let family = self.family;
        let mut one = |field: usize| *self.choices[field].choose(rng).expect("a valid space has choices");
        let mut values: Vec<Vec<i64>> = vec![Vec::new(); family.fields.len()];
        let single = family.by_scope().filter(|&i| family.fields[i].scope != Scope::Layer);
        single.for_each(|i| values[i].push(one(i)));
        for stack in 0..family.stacks.len() {
            let active: Vec<usize> = family.layered(stack).filter(|&i| family.fields[i].draw == Draw::Active).collect();
            for _ in 0..values[family.depth_of(stack)][0] {
                active.iter().for_each(|&i| values[i].push(one(i)));
            }
        }
        for stack in 0..family.stacks.len() {
            let depth = values[family.depth_of(stack)][0] as usize;
            for i in family.layered(stack).filter(|&i| family.fields[i].draw == Draw::Deepest) {
                values[i] = (0..self.deepest(stack)).map(|_| one(i)).collect();
                values[i].truncate(depth);
            }
        }
        self.subnet(values)
    }

    /// Draws the random subnet of one update, a function of (seed, update). The published code seeds Python's generator
    /// with the update alone; this one is ChaCha8 and takes the seed too, so that seeds are independent repetitions.
    pub fn sample_at(&self, seed: u64, update: u64) -> Arch {
        self.sample(&mut Purpose::TrainedSubnet.generator(&[seed, update]))
    }
}
