//! Describes the parts of a profile that hold methods of other papers, on spaces of their own, and the teacher that they
//! learn from.

use mos_spaces::bert::view::{BertArch, Part};
use mos_spaces::catalog::layout_of;
use mos_spaces::params::ParamSpec;
use mos_spaces::search::limit::Limit;
use mos_spaces::{Arch, SearchSpace, count};
use serde::{Deserialize, Serialize};

use crate::error::{Result, refuse};
use crate::spec::task::{PoolSpec, RelationKind};

/// The network that guests learn from: the largest subnet of a space, trained from scratch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherStudy {
    /// Its space.
    pub space: String,
    /// Its updates as a multiple of those from scratch; 0 for the public network as it is.
    pub updates_share: f64,
    /// Its peak learning rate.
    pub peak_lr: f64,
}

/// The AutoDistil-style guest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutodistilStudy {
    /// Its spaces, disjoint in size, each with the limit under which it is searched.
    pub parts: Vec<AutodistilPart>,
    /// Updates of each supernet.
    pub updates: u64,
    /// Micro-batches an update.
    pub micro_batches: usize,
    /// Warm-up as a share of the updates.
    pub warmup: f64,
    /// Peak learning rate.
    pub peak_lr: f64,
    /// What is compared of a relation.
    pub relation: RelationKind,
    /// Sequences of validation on which the search ranks subnets (0: all).
    pub search_sequences: usize,
}

/// One of AutoDistil's spaces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutodistilPart {
    /// The space.
    pub space: String,
    /// The limit of its search.
    pub limit: Limit,
}

/// The NAS-BERT-style guest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NasBertStudy {
    /// Its space.
    pub space: String,
    /// Updates of the supernet of blocks.
    pub updates: u64,
    /// Warm-up as a share of them.
    pub warmup: f64,
    /// Peak learning rate.
    pub peak_lr: f64,
    /// Updates between two times that pools shrink.
    pub shrink_every: u64,
    /// How they shrink.
    pub pools: PoolSpec,
    /// Sequences of validation on which blocks are scored (0: all).
    pub search_sequences: usize,
    /// The limit of the search.
    pub limit: Limit,
    /// The most latency, as a share of the way from the fastest net to the slowest one that is left.
    pub latency_share: f64,
    /// Nets of least summed loss that are scored whole.
    pub top: usize,
    /// Share of the loss of what is found that is the cross-entropy with the teacher's predictions.
    pub teacher_share: f64,
}

/// Refuses values of the NAS-BERT-style guest that make no sense, naming the field.
pub(super) fn check_nas_bert(teacher: Option<&TeacherStudy>, study: &NasBertStudy) -> Result<()> {
    let Some(teacher) = teacher else {
        refuse!("`study.nas_bert` learns from a teacher: say which under [study.teacher]");
    };
    let (space, teacher) = (SearchSpace::find(&study.space)?, SearchSpace::find(&teacher.space)?);
    let Some(stream) = space.bert().stream else {
        refuse!("`study.nas_bert.space` = {:?}: its nets have no blocks", study.space);
    };
    let of_teacher = BertArch::of(&teacher, &teacher.largest());
    let (blocks, layers) = (space.family.stacks.len(), of_teacher.steps.last().map_or(0, |step| step.layer + 1));
    if of_teacher.stream != stream || !layers.is_multiple_of(blocks) {
        refuse!(
            "`study.nas_bert.space` = {:?}: blocks of width {stream}, {blocks} a net, do not fit a teacher of width {} \
             with {layers} layers",
            study.space,
            of_teacher.stream
        );
    }
    if teacher.max_positions < space.max_positions {
        refuse!(
            "`study.nas_bert.space` = {:?}: its sequences may have {} tokens, its teacher's only {}",
            study.space,
            space.max_positions,
            teacher.max_positions
        );
    }
    check_positive("study.nas_bert.peak_lr", study.peak_lr)?;
    for (field, value) in
        [("warmup", study.warmup), ("teacher_share", study.teacher_share), ("latency_share", study.latency_share)]
    {
        if !(0.0..=1.0).contains(&value) {
            refuse!("`study.nas_bert.{field}` = {value}: allowed are values from 0 to 1");
        }
    }
    let PoolSpec { bins, warm, scored, kept } = study.pools;
    let stages = study.updates / study.shrink_every.max(1);
    if bins == 0 || kept == 0 || scored < 2 || study.top == 0 || study.shrink_every == 0 {
        refuse!("`study.nas_bert`: bins, kept, top and shrink_every must be 1 or more, and scored 2 or more");
    }
    if !study.updates.is_multiple_of(study.shrink_every.max(1)) {
        refuse!(
            "`study.nas_bert.updates` = {}: a multiple of shrink_every, {}, is needed",
            study.updates,
            study.shrink_every
        );
    }
    if warm >= stages {
        refuse!("`study.nas_bert.pools.warm` = {warm}: pools never shrink in {stages} stages");
    }
    if study.limit.is_latency() {
        refuse!("`study.nas_bert.limit` bounds parameters or FLOPs; latency is bounded by latency_share");
    }
    study.limit.resolve(&space, &|_| unreachable!("not a latency limit"))?;
    Ok(())
}

/// Refuses values that make no sense, naming the field.
pub(super) fn check(teacher: Option<&TeacherStudy>, autodistil: Option<&AutodistilStudy>) -> Result<()> {
    if let Some(teacher) = teacher {
        SearchSpace::find(&teacher.space)?;
        if !(teacher.updates_share.is_finite() && teacher.updates_share >= 0.0) {
            refuse!("`study.teacher.updates_share` = {}: must be 0 or a positive number", teacher.updates_share);
        }
        check_positive("study.teacher.peak_lr", teacher.peak_lr)?;
    }
    let Some(autodistil) = autodistil else { return Ok(()) };
    let Some(teacher) = teacher else {
        refuse!("`study.autodistil` learns from a teacher: say which under [study.teacher]");
    };
    if autodistil.parts.is_empty() || autodistil.updates == 0 || autodistil.micro_batches == 0 {
        refuse!("`study.autodistil`: parts, updates and micro_batches must be 1 or more");
    }
    check_positive("study.autodistil.peak_lr", autodistil.peak_lr)?;
    if !(0.0..1.0).contains(&autodistil.warmup) {
        refuse!("`study.autodistil.warmup` = {}: allowed are values from 0 up to, not including, 1", autodistil.warmup);
    }
    let spaces = autodistil.parts.iter().map(|part| Ok(SearchSpace::find(&part.space)?)).collect::<Result<Vec<_>>>()?;
    spaces.windows(2).try_for_each(|pair| check_disjoint(&pair[0], &pair[1]))?;
    for (part, space) in autodistil.parts.iter().zip(&spaces) {
        check_fits_teacher(space, teacher)?;
        check_relations(space, teacher)?;
        if part.limit.is_latency() {
            refuse!("`study.autodistil.parts`: {} is bounded by parameters or FLOPs", part.space);
        }
        part.limit.resolve(space, &|_| unreachable!("not a latency limit"))?;
    }
    Ok(())
}

/// Refuses spaces of AutoDistil's that overlap in size.
fn check_disjoint(larger: &SearchSpace, smaller: &SearchSpace) -> Result<()> {
    let (least, most) = (count::params(larger, &larger.smallest()), count::params(smaller, &smaller.largest()));
    if least <= most {
        refuse!(
            "`study.autodistil.parts`: the parts are disjoint in size, the larger one first, but {} has nets of {least} \
             parameters and {} of {most}",
            larger.name,
            smaller.name
        );
    }
    Ok(())
}

/// Refuses a space of AutoDistil's whose nets cannot be cut into as many relations as the teacher has heads.
fn check_relations(space: &SearchSpace, teacher: &TeacherStudy) -> Result<()> {
    let teacher = SearchSpace::find(&teacher.space)?;
    let attention = |space: &SearchSpace, arch: &Arch| {
        BertArch::of(space, arch).steps.into_iter().find_map(|step| match step.part {
            Part::Attention { projection, heads, .. } => Some((projection, heads)),
            _ => None,
        })
    };
    let narrowest = attention(space, &space.smallest()).map_or(0, |(projection, _)| projection);
    let relations = attention(&teacher, &teacher.largest()).map_or(0, |(_, heads)| heads);
    if narrowest < relations {
        refuse!(
            "`study.autodistil.parts`: queries of {} are {narrowest} wide at least, too few for the {relations} heads of the \
             teacher",
            space.name
        );
    }
    Ok(())
}

/// Refuses a space of AutoDistil's of which the teacher's parameters have no corners.
fn check_fits_teacher(space: &SearchSpace, teacher: &TeacherStudy) -> Result<()> {
    // The vocabulary is the same on both sides.
    let of = |space: &SearchSpace| layout_of(space, 1).specs(&space.largest());
    let of_teacher = of(&SearchSpace::find(&teacher.space)?);
    let fits = |spec: &ParamSpec| {
        let own = of_teacher.iter().find(|other| other.name == spec.name);
        own.is_some_and(|other| spec.shape.iter().zip(&other.shape).all(|(small, large)| small <= large))
    };
    match of(space).iter().find(|spec| !fits(spec)) {
        Some(spec) => refuse!(
            "`study.autodistil.parts`: {} starts from corners of the teacher, whose space {} has none of {} {:?}",
            space.name,
            teacher.space,
            spec.name,
            spec.shape
        ),
        None => Ok(()),
    }
}

fn check_positive(field: &str, value: f64) -> Result<()> {
    if !(value.is_finite() && value > 0.0) {
        refuse!("`{field}` = {value}: must be a positive number");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::profile::Profile;

    #[test]
    fn parts_that_overlap_or_are_too_narrow_for_the_teacher_are_refused() {
        let study = Profile::find("bert-cpu").unwrap().study;
        let refusal = |change: &dyn Fn(&mut AutodistilStudy)| {
            let mut autodistil = study.autodistil.clone().unwrap();
            change(&mut autodistil);
            check(study.teacher.as_ref(), Some(&autodistil)).unwrap_err().to_string()
        };
        let turned = refusal(&|autodistil| autodistil.parts.reverse());
        assert!(turned.contains("disjoint in size") && turned.contains("autodistil-small-scaled"), "{turned}");
        let narrow = TeacherStudy { space: "bert-v5.1".into(), updates_share: 1.0, peak_lr: 1e-3 };
        let space = SearchSpace::find("autodistil-small-smoke").unwrap();
        let error = check_relations(&space, &narrow).unwrap_err().to_string();
        assert!(error.contains("12 heads"), "{error}");
    }
}
