//! Checks what a declaration of one of BERT's spaces, and an architecture of it, must fulfil beside what holds for every
//! space.

use super::blocks::has_blocks;
use super::constants::{Bottleneck, Constants};
use super::fields::{BOTTLENECK, BOTTLENECK_HIDDEN, BOTTLENECK_LAYERS, HEADS, HIDDEN};
use super::view::{BertArch, Part};
use crate::arch::Arch;
use crate::error::SpaceError;
use crate::space::SearchSpace;

/// Refuses a declaration that contradicts itself.
///
/// # Errors
/// Returns the first field or constant that does not fit the others.
pub fn validate(space: &SearchSpace, constants: &Constants) -> Result<(), String> {
    if !constants.init_std.is_finite() || constants.init_std <= 0.0 {
        return Err(format!("`init_std` is {}: it must be positive", constants.init_std));
    }
    let has = space.family == &BOTTLENECK;
    if constants.bottleneck.is_some() != has {
        let (family, word) = (space.family.name, if has { "needs" } else { "has no" });
        return Err(format!("`bottleneck`: family {family} {word} bottlenecks"));
    }
    if constants.stream.is_some() != has_blocks(space.family) {
        let (family, word) = (space.family.name, if constants.stream.is_some() { "has no" } else { "needs the" });
        return Err(format!("`stream`: family {family} {word} width between blocks"));
    }
    if constants.stream.is_some() {
        return validate_blocks(space, constants);
    }
    if let Some(around) = &constants.bottleneck {
        validate_bottleneck(space, constants, around)?;
    }
    validate_heads(space, constants)
}

fn validate_bottleneck(space: &SearchSpace, constants: &Constants, around: &Bottleneck) -> Result<(), String> {
    let sizes = [("stream", around.stream), ("heads", around.heads), ("intermediate", around.intermediate)];
    if let Some((field, size)) = sizes.into_iter().find(|(_, size)| *size < 1) {
        return Err(format!("`bottleneck.{field}` is {size}: it must be positive"));
    }
    if constants.head_width.is_some() {
        return Err("`head_width`: the heads of a space with bottlenecks share the hidden size".to_string());
    }
    let hidden = &space.choices[BOTTLENECK_HIDDEN];
    if hidden[0] > around.stream {
        return Err(format!("`hidden` {hidden:?}: none may be wider than the stream, {}", around.stream));
    }
    let layers = &space.choices[BOTTLENECK_LAYERS];
    if layers.len() > 1 {
        return Err(format!("`layers` {layers:?}: the depth is fixed, since the router sees every layer"));
    }
    Ok(())
}

fn validate_blocks(space: &SearchSpace, constants: &Constants) -> Result<(), String> {
    let widths = &space.choices[0];
    match constants.head_width {
        Some(head) if head > 0 && widths.iter().all(|width| width % head == 0) => Ok(()),
        head => Err(format!("`head_width` is {head:?}: a width of heads must divide every width of {widths:?}")),
    }
}

fn validate_heads(space: &SearchSpace, constants: &Constants) -> Result<(), String> {
    if let Some(width) = constants.head_width.filter(|width| *width < 1) {
        return Err(format!("`head_width` is {width}: it must be positive"));
    }
    if !constants.heads_divide_hidden && constants.head_width.is_none() {
        return Err("`heads_divide_hidden`: heads that share the hidden size have to divide it, or give `head_width`"
            .to_string());
    }
    let (hidden, heads) = match &constants.bottleneck {
        Some(around) => (&space.choices[BOTTLENECK_HIDDEN], vec![around.heads]),
        None => (&space.choices[HIDDEN], space.choices[HEADS].clone()),
    };
    let undivided = |count: &&i64| hidden.iter().any(|width| width % **count != 0);
    match heads.iter().find(undivided).filter(|_| constants.heads_divide_hidden) {
        Some(count) => {
            Err(format!("`heads` {heads:?}: each must divide every `hidden` of {hidden:?}, {count} does not"))
        }
        None => Ok(()),
    }
}

/// Refuses an architecture whose heads do not divide its hidden size, in a space in which they have to.
///
/// # Errors
/// Names the first hidden size that is not divided, and the heads.
pub fn check(space: &SearchSpace, constants: &Constants, arch: &Arch) -> Result<(), SpaceError> {
    let undivided = |part: &Part| match part {
        Part::Attention { width, heads, .. } => (width % heads != 0).then_some((*width, *heads)),
        Part::Map { .. } | Part::FeedForward { .. } | Part::Convolution { .. } => None,
    };
    let net = BertArch::of(space, arch);
    match net.steps.iter().find_map(|step| undivided(&step.part)).filter(|_| constants.heads_divide_hidden) {
        Some((width, heads)) => {
            Err(space.outside("hidden", width.to_string(), format!("multiples of the {heads} `heads`")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::INTERMEDIATE;
    use super::*;
    use crate::space::Constants as Any;

    fn refusal(name: &str, change: impl Fn(&mut SearchSpace, &mut Constants)) -> String {
        let mut space = SearchSpace::find(name).unwrap();
        let mut constants = space.bert().clone();
        change(&mut space, &mut constants);
        space.constants = Any::Bert(constants);
        space.validate().unwrap_err()
    }

    #[test]
    fn contradictory_declarations_are_refused_by_field() {
        let around = |c: &mut Constants, stream, heads| {
            c.bottleneck = Some(Bottleneck { stream, heads, intermediate: 64 });
        };
        let cases: [(&str, String); 12] = [
            ("hidden", refusal("bert-v1", |s, _| s.choices[BOTTLENECK_HIDDEN].reverse())),
            ("stream", refusal("bert-v1", |_, c| around(c, 0, 12))),
            ("stream, 600", refusal("bert-v1", |_, c| around(c, 600, 12))),
            ("divide every `hidden`", refusal("bert-v1", |_, c| around(c, 768, 7))),
            ("depth is fixed", refusal("bert-v1-smoke", |s, _| s.choices[BOTTLENECK_LAYERS] = vec![2, 1])),
            ("feature_norm", refusal("bert-v1", |s, _| s.feature_norm.truncate(11))),
            ("head_width", refusal("bert-v1", |_, c| c.head_width = Some(64))),
            ("needs bottlenecks", refusal("bert-v1", |_, c| c.bottleneck = None)),
            ("has no bottlenecks", refusal("bert-v5.1", |_, c| around(c, 768, 12))),
            ("heads", refusal("bert-v5.1", |s, _| s.choices[HEADS] = vec![12, 7])),
            ("intermediate", refusal("bert-v5.1", |s, _| s.choices[INTERMEDIATE] = vec![20, 40])),
            ("heads_divide_hidden", refusal("autodistil-base", |_, c| c.head_width = None)),
        ];
        for (field, error) in cases {
            assert!(error.contains(field), "{field}: {error}");
        }
        assert!(refusal("bert-v5.2", |_, c| c.init_std = 0.0).contains("init_std"));
        assert!(refusal("autodistil-tiny", |_, c| c.head_width = Some(0)).contains("head_width"));
    }

    #[test]
    fn heads_that_do_not_divide_are_allowed_where_they_keep_their_width() {
        let space = SearchSpace::find("autodistil-base").unwrap();
        assert!(space.choices[HIDDEN].iter().any(|hidden| hidden % 9 != 0));
        space.check(&space.smallest()).unwrap();
    }

    #[test]
    fn an_undivided_architecture_is_refused_whatever_the_choices_are() {
        let mut space = SearchSpace::find("bert-v5.1").unwrap();
        space.choices[HEADS] = vec![12, 7];
        let error = space.check(&space.smallest()).unwrap_err().to_string();
        assert!(error.contains("`hidden` is 120") && error.contains("multiples of the 7 `heads`"), "{error}");
    }
}
