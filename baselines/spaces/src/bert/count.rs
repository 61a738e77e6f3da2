//! Counts parameters and FLOPs of BERT's architectures, of subnets whose bottlenecks are merged.

use super::fields::{HEADS, HIDDEN, INTERMEDIATE, LAYERS};
use super::view::BertArch;
use crate::arch::Arch;
use crate::space::SearchSpace;

/// Heads of AutoDistil's teacher, BERT-base.
const TEACHER_HEADS: i64 = 12;

/// Counts the tensors of the exported subnet, its bottlenecks merged: embeddings, encoder and the transform of the
/// masked-LM head with its norm. The decoder is the word embedding and is counted once; its bias and a pooler are left
/// out. Word embeddings have the published vocabulary's rows, and none where the space has no such vocabulary.
pub fn params(space: &SearchSpace, arch: &Arch) -> i64 {
    let net = BertArch::of(space, arch).merged();
    let m = net.stream;
    let transform = m * m + m + 2 * m;
    embeddings(space, m) + net.params() + transform
}

/// Counts parameters by the rule of MoS's released BERT code, to which the constraints of its searches refer:
/// `(V + 512 + 2) M + 2 M` for the embeddings of width M and their norm, `4 (h^2 + h) + 2 h f + f + h + 4 h` for each
/// layer of width h, the merged bottlenecks, and `M^2 + M + 2 h_last` for the transform of the masked-LM head. The last
/// term is the norm behind the transform, whose true width is M: [`params`] is higher by `2 (M - h_last)`, which is 0
/// without bottlenecks.
///
/// Not verified: SuperShaper's released nets, whose vocabulary has 28,996 rows, since their hidden sizes are not at hand.
pub fn mos_rule(space: &SearchSpace, arch: &Arch) -> i64 {
    let net = BertArch::of(space, arch);
    params(space, arch) - 2 * (net.stream - net.last_width())
}

/// Counts parameters by the rule of AutoDistil's released code (`cal_para_bert` of its searches). With hidden size H, A
/// heads, FFN ratio R and L layers it is `H (V + 512 + 2 + 2) + L (H^2 + 3 H^2 A / 12 + 4 H + 2 H) + L (2 R H^2 + R H +
/// H + 2 H) + H^2 + 2 H`.
///
/// A head is thus H / 12 wide, though the heads of the released models keep the 64 of their teacher, and the output of
/// attention is counted as if there were 12 heads; the last two terms are a pooler and a classifier of two classes. So
/// [`params`] is higher by far.
pub fn autodistil_rule(space: &SearchSpace, arch: &Arch) -> i64 {
    let (h, a, f, l) = (arch.value(HIDDEN), arch.value(HEADS), arch.value(INTERMEDIATE), arch.value(LAYERS));
    let attention = h * h + 3 * h * h * a / TEACHER_HEADS + 4 * h + 2 * h;
    let ffn = 2 * h * f + f + h + 2 * h;
    embeddings(space, h) + l * (attention + ffn) + h * h + 2 * h
}

/// Counts the FLOPs of the encoder's forward pass for one sequence of the space's length, as two for each
/// multiply-accumulate operation of its matrix products; the masked-LM head is left out. What AutoDistil calls FLOPs of
/// BERT-base is half of it, 11.17 G.
pub fn flops(space: &SearchSpace, arch: &Arch) -> i64 {
    2 * BertArch::of(space, arch).merged().macs(space.flops_length)
}

/// Says what the counts of a space of MoS's hold.
pub fn mos_legend(space: &SearchSpace) -> String {
    format!(
        "{}. The published rule gives the norm of the masked-LM head the width of the last layer where it has the \
         stream's, so it is lower by twice their difference, which is 0 without bottlenecks",
        legend(space)
    )
}

/// Says what the counts of a space of AutoDistil's hold.
pub fn autodistil_legend(space: &SearchSpace) -> String {
    format!(
        "{}. The published rule counts a head as wide as a twelfth of the hidden size, where heads keep their width, and \
         a pooler with a classifier in place of the masked-LM transform, so it is lower",
        legend(space)
    )
}

/// Says what the counts of a space of NAS-BERT's hold, which counts FLOPs as ELECTRA does: other numbers.
pub fn blocks_legend(space: &SearchSpace) -> String {
    legend(space)
}

fn legend(space: &SearchSpace) -> String {
    format!(
        "parameters of the exported subnet, its bottlenecks merged, without pooler and without decoder beside the \
         embeddings; FLOPs of its encoder for one sequence of {} tokens",
        space.flops_length
    )
}

/// Counts the embeddings of words, positions and two types of segment, and their norm.
fn embeddings(space: &SearchSpace, width: i64) -> i64 {
    (space.published_vocab.unwrap_or(0) + space.max_positions + 2) * width + 2 * width
}
