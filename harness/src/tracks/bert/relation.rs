//! Tells how AutoDistil's students learn from their teacher.

use mos_baselines::bert::batch::Sequences;
use mos_baselines::bert::relation::{Relation, RelationBatch, RelationDistil, RelationTeacher};
use mos_baselines::supernet::weights::WeightSource;
use mos_plan::spec::task::{RelationKind, TaskSpec};
use mos_spaces::bert::view::BertArch;

use super::taught::Taught;

impl Taught for RelationDistil {
    fn of(spec: &TaskSpec, weights: &WeightSource, teacher: &WeightSource) -> RelationDistil {
        let relation = match spec.relation_distil().relation {
            RelationKind::Softmax => Relation::Softmax,
            RelationKind::RawScores => Relation::RawScores,
        };
        let of_teacher = teacher.materialise(&teacher.space().largest());
        let arch = BertArch::of(teacher.space(), &of_teacher.arch);
        // AutoDistil's students drop nothing: their teacher does not either.
        RelationDistil::new(weights.layout.clone(), RelationTeacher { arch, weights: of_teacher }, relation, None)
    }

    fn batch(sequences: Sequences) -> RelationBatch {
        RelationBatch::new(sequences)
    }

    fn sequence_length(spec: &TaskSpec) -> usize {
        spec.relation_distil().sequence_length
    }

    fn sample(spec: &TaskSpec) -> usize {
        spec.relation_distil().sample
    }

    /// Starts from the top-left corners of the teacher's weights.
    fn inherit(weights: &WeightSource, teacher: &WeightSource) {
        weights.take_corners(teacher);
    }
}
