//! Lists every architecture of a space that is small enough, for searches that score them all.

use crate::arch::Arch;
use crate::error::SpaceError;
use crate::field::Scope;
use crate::space::SearchSpace;

/// The most architectures that [`SearchSpace::enumerate`] lists.
pub const MOST_LISTED: u64 = 100_000;

impl SearchSpace {
    /// Counts the architectures of the space; a number that no `u64` holds counts as the largest that it holds.
    pub fn size(&self) -> u64 {
        let fields = self.family.fields;
        let choices = |i: usize| self.choices[i].len() as u64;
        let nets = (0..fields.len()).filter(|&i| fields[i].scope == Scope::Net);
        let stack = |stack: usize| {
            let a_layer = self.family.layered(stack).map(choices).fold(1, u64::saturating_mul);
            let depths = self.choices[self.family.depth_of(stack)].iter();
            depths.map(|&depth| a_layer.saturating_pow(depth as u32)).fold(0, u64::saturating_add)
        };
        nets.map(choices).chain((0..self.family.stacks.len()).map(stack)).fold(1, u64::saturating_mul)
    }

    /// Lists every architecture once, in a fixed order: the fields vary in the order in which they are drawn, the last
    /// the fastest, each from its widest choice to its narrowest.
    ///
    /// # Errors
    /// Fails if there are more than [`MOST_LISTED`].
    pub fn enumerate(&self) -> Result<Vec<Arch>, SpaceError> {
        let size = self.size();
        if size > MOST_LISTED {
            return Err(SpaceError::TooLarge { space: self.name.clone(), size, most: MOST_LISTED });
        }
        let mut started = vec![vec![Vec::new(); self.family.fields.len()]];
        for field in self.family.by_scope() {
            started = started.into_iter().flat_map(|choices| self.continued(choices, field)).collect();
        }
        Ok(started.into_iter().map(|choices| self.subnet(choices)).collect())
    }

    /// Lists the ways to go on with the choices of an architecture, whose depth is chosen already, by those of one field.
    fn continued(&self, choices: Vec<Vec<i64>>, field: usize) -> Vec<Vec<Vec<i64>>> {
        let declared = &self.family.fields[field];
        let times = match declared.scope {
            Scope::Net | Scope::Depth => 1,
            Scope::Layer => choices[self.family.depth_of(declared.stack)][0],
        };
        let with = |choices: &Vec<Vec<i64>>, choice: i64| {
            let mut choices = choices.clone();
            choices[field].push(choice);
            choices
        };
        let again = |all: Vec<Vec<Vec<i64>>>, _| {
            all.iter().flat_map(|so_far| self.choices[field].iter().map(|&c| with(so_far, c))).collect()
        };
        (0..times).fold(vec![choices], again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_published_sizes_are_counted() {
        let size = |name: &str| SearchSpace::find(name).unwrap().size();
        assert_eq!(size("bert-v1"), 7_u64.pow(12));
        assert_eq!([size("bert-v5.1"), size("bert-v5.2"), size("bert-v5.2-published")], [550, 840, 840]);
        assert_eq!(["base", "small", "tiny"].map(|name| size(&format!("autodistil-{name}"))), [256; 3]);
        // Two widths each; 3 x 2 choices an encoder layer and 3 x 2 x 2 x 3 a decoder layer: 4.18e14 architectures.
        let decoders: u64 = (1..=6).map(|layers| 36_u64.pow(layers)).sum();
        assert_eq!(size("wmt14-en-de"), 4 * 6_u64.pow(6) * decoders);
    }

    #[test]
    fn every_architecture_of_a_small_space_is_listed_once_from_largest_to_smallest() {
        for name in ["bert-v1-scaled", "bert-v5.1", "bert-v5.2", "autodistil-base", "autodistil-tiny"] {
            let space = SearchSpace::find(name).unwrap();
            let all = space.enumerate().unwrap();
            assert_eq!(all.len() as u64, space.size());
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
            assert!(all.iter().all(|arch| space.check(arch).is_ok()));
            assert_eq!((&all[0], all.last().unwrap()), (&space.largest(), &space.smallest()));
        }
    }

    #[test]
    fn depths_decide_the_layers_that_are_listed() {
        let mut space = SearchSpace::find("scaled-quick").unwrap();
        for choices in &mut space.choices {
            choices.truncate(1);
        }
        space.choices[crate::hat::fields::DECODER_LAYERS] = vec![2, 1];
        space.choices[crate::hat::fields::DECODER_FFN] = vec![128, 64];
        assert_eq!(space.enumerate().unwrap().len(), 4 + 2);
    }

    #[test]
    fn a_large_space_is_refused_with_its_size() {
        let error = SearchSpace::find("bert-v1").unwrap().enumerate().unwrap_err().to_string();
        assert!(error.contains("13841287201") && error.contains("100000"), "{error}");
    }
}
