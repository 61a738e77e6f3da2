//! Encodes an architecture as the router sees it.

use crate::arch::Arch;
use crate::field::{Feature, Field, Norm, Scope};
use crate::space::SearchSpace;

/// The features of a subnet, those of each field of its family in order, divided by the space's norm.
pub type ArchEncoding = Vec<f32>;

impl SearchSpace {
    /// Encodes a subnet. Each field of the family's table gives features in turn, as [`Field::feature`] says: one,
    /// which is the mean over the active layers where the field is chosen layer by layer, or one a layer, or none. Each
    /// is divided by [`Self::feature_norm`], as [`Field::norm`] says.
    pub fn encode(&self, arch: &Arch) -> ArchEncoding {
        self.features(arch).into_iter().map(|f| f as f32).collect()
    }

    /// Returns the same numbers before they are rounded to the router's float32.
    pub fn features(&self, arch: &Arch) -> Vec<f64> {
        let raw = self.raw_features(arch).into_iter().zip(self.feature_fields());
        raw.zip(&self.feature_norm).map(|((raw, field), norm)| self.scaled(raw, field, norm)).collect()
    }

    /// Returns the features before they are divided by the norm, as HAT's latency tables hold them.
    pub fn raw_features(&self, arch: &Arch) -> Vec<f64> {
        let of_field = |(i, field): (usize, &Field)| {
            let values = arch.values(i);
            let mean = match field.scope {
                Scope::Net | Scope::Depth => values[0] as f64,
                Scope::Layer => {
                    values.iter().map(|&v| (field.counts_as)(v)).sum::<i64>() as f64 / values.len().max(1) as f64
                }
            };
            match field.feature {
                Feature::EachLayer => values.iter().map(|&v| (field.counts_as)(v) as f64).collect(),
                Feature::Mean | Feature::WhereChosen | Feature::Absent => vec![mean; self.feature_count(i)],
            }
        };
        self.family.fields.iter().enumerate().flat_map(of_field).collect()
    }

    /// Returns the heading of each feature, with the number of its layer where a field has one a layer.
    pub fn feature_headers(&self) -> Vec<String> {
        let headers = |(i, field): (usize, &Field)| match field.feature {
            Feature::EachLayer => (1..=self.feature_count(i)).map(|n| format!("{}{n}", field.header)).collect(),
            Feature::Mean | Feature::WhereChosen | Feature::Absent => {
                vec![field.header.to_string(); self.feature_count(i)]
            }
        };
        self.family.fields.iter().enumerate().flat_map(headers).collect()
    }

    /// Returns the value of each field, or its mean over the active layers, whether the router sees it or not: the columns of
    /// a latency table.
    pub fn field_means(&self, arch: &Arch) -> Vec<f64> {
        let mean = |(i, field): (usize, &Field)| {
            let values = arch.values(i).iter().map(|&v| (field.counts_as)(v));
            values.sum::<i64>() as f64 / arch.values(i).len().max(1) as f64
        };
        self.family.fields.iter().enumerate().map(mean).collect()
    }

    /// Returns the position of the field that each feature tells of.
    pub(crate) fn feature_fields(&self) -> Vec<usize> {
        (0..self.family.fields.len()).flat_map(|i| vec![i; self.feature_count(i)]).collect()
    }

    /// Returns the number of features of a field.
    fn feature_count(&self, i: usize) -> usize {
        let field = &self.family.fields[i];
        match field.feature {
            Feature::Mean => 1,
            Feature::WhereChosen => usize::from(self.choices[i].len() > 1),
            Feature::EachLayer => self.widest(self.family.depth_of(field.stack)).unwrap_or(0).max(0) as usize,
            Feature::Absent => 0,
        }
    }

    fn scaled(&self, raw: f64, field: usize, norm: &f64) -> f64 {
        let Field { scope, norm: rule, .. } = &self.family.fields[field];
        if self.published_depth_feature && *scope == Scope::Depth {
            return 1.0;
        }
        match rule {
            Norm::Widest(_) | Norm::Constant(_) => raw / norm,
            Norm::Span { floor } => floor + (raw - self.narrowest(field).map_or(0.0, |c| c as f64)) / norm,
        }
    }

    /// Applies the proportions of the published norm to this space, as the fields' table declares them.
    pub(crate) fn scaled_norm(&self) -> Vec<f64> {
        let norm = |field: usize| {
            let (widest, narrowest) = (self.widest(field), self.narrowest(field));
            match self.family.fields[field].norm {
                Norm::Widest(share) => widest.map_or(1.0, |c| c as f64) * share,
                Norm::Constant(value) => value,
                Norm::Span { .. } => widest.zip(narrowest).map_or(1.0, |(wide, narrow)| (wide - narrow) as f64),
            }
        };
        self.feature_fields().into_iter().map(norm).collect()
    }

    /// Returns the value of a field's first choice, and of the first choices of those that it is a share of.
    fn widest(&self, i: usize) -> Option<i64> {
        let value =
            |&choice: &i64| self.family.fields[i].choices.value(choice, |whole| self.widest(whole).unwrap_or(0));
        self.choices[i].first().map(value)
    }

    /// Returns the value of a field's last choice, and of the last choices of those that it is a share of.
    fn narrowest(&self, i: usize) -> Option<i64> {
        let value =
            |&choice: &i64| self.family.fields[i].choices.value(choice, |whole| self.narrowest(whole).unwrap_or(0));
        self.choices[i].last().map(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published vector, in the order of HAT's `get_config_features`.
    const PUBLISHED: [f64; 10] = [640.0, 6.0, 2048.0, 6.0, 640.0, 6.0, 2048.0, 6.0, 6.0, 2.0];

    #[test]
    fn the_scaling_rule_gives_the_published_norm_on_the_published_space() {
        let space = SearchSpace::find("wmt14-en-de").unwrap();
        assert_eq!(space.feature_norm, PUBLISHED);
        assert_eq!(space.scaled_norm(), PUBLISHED);
        assert_eq!(SearchSpace::find("iwslt14-de-en").unwrap().feature_norm, PUBLISHED);
    }

    #[test]
    fn the_router_sees_a_scaled_space_as_widely_as_the_published_one() {
        for name in ["scaled-smoke", "scaled-quick", "scaled-cpu"] {
            let space = SearchSpace::find(name).unwrap();
            let (large, small) = (space.encode(&space.largest()), space.encode(&space.smallest()));
            for i in [0, 2, 3, 4, 5, 6, 7, 8] {
                assert!(large[i] - small[i] >= 0.2, "{name}: feature {i} is nearly constant");
            }
        }
    }
}
