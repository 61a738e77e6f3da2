//! Drawing subnets, as HAT draws them.

use rand::Rng;
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::{Arch, SearchSpace};

impl SearchSpace {
    /// Draws every choice independently and uniformly, in the order of the published code: the two widths, the two
    /// numbers of layers, then encoder layer by layer (FFN, heads), decoder layer by layer (FFN, self heads, cross
    /// heads), and last arbitrary attention for as many layers as the deepest decoder has (those of inactive layers
    /// are dropped).
    pub fn sample(&self, rng: &mut impl Rng) -> Arch {
        let mut one = |choices: &[i64]| *choices.choose(rng).expect("a valid space has choices");
        let mut arch = Arch {
            encoder_embed_dim: one(&self.encoder_embed_dims),
            decoder_embed_dim: one(&self.decoder_embed_dims),
            encoder_ffn_dims: Vec::new(),
            encoder_heads: Vec::new(),
            decoder_ffn_dims: Vec::new(),
            decoder_self_heads: Vec::new(),
            decoder_cross_heads: Vec::new(),
            decoder_arbitrary: Vec::new(),
        };
        let (encoder_layers, decoder_layers) = (one(&self.encoder_layers), one(&self.decoder_layers));
        for _ in 0..encoder_layers {
            arch.encoder_ffn_dims.push(one(&self.encoder_ffn_dims));
            arch.encoder_heads.push(one(&self.encoder_heads));
        }
        for _ in 0..decoder_layers {
            arch.decoder_ffn_dims.push(one(&self.decoder_ffn_dims));
            arch.decoder_self_heads.push(one(&self.decoder_self_heads));
            arch.decoder_cross_heads.push(one(&self.decoder_cross_heads));
        }
        arch.decoder_arbitrary = (0..self.decoder_layers[0]).map(|_| one(&self.arbitrary)).collect();
        arch.decoder_arbitrary.truncate(arch.decoder_layers());
        arch
    }

    /// The random subnet of one update: a function of (seed, update). The published code seeds Python's generator with
    /// the update alone; this one is ChaCha8 and takes the seed too, so that seeds are independent repetitions.
    pub fn sample_at(&self, seed: u64, update: u64) -> Arch {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(update);
        self.sample(&mut rng)
    }
}
