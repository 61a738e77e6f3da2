//! Tasks on the hub have their texts and labels in columns of Parquet files.

use super::card::TaskKind;
use super::example::{Example, Label, Labelled};
use super::spec::Columns;
use crate::error::{Error, Result};
use crate::hub::download;
use crate::hub::pins::HubFiles;
use crate::sources::parquet::labelled::{self, LabelledRow};
use crate::text::normalise::normalise;
use mos_base::Split;
use std::path::Path;

impl Columns {
    /// Reads the examples. The test split is a copy of the validation split.
    pub(super) fn read(&self, asks: &TaskKind, cache: &Path, progress: &dyn Fn(&str)) -> Result<Labelled> {
        let train = self.split(&self.train, &[Split::Train], asks, cache, progress)?;
        let held_out = self.split(&self.valid, &[Split::Valid, Split::Test], asks, cache, progress)?;
        Ok(Labelled { examples: [train, held_out].concat(), near_duplicates: 0 })
    }

    fn split(
        &self,
        files: &HubFiles,
        splits: &[Split],
        asks: &TaskKind,
        cache: &Path,
        progress: &dyn Fn(&str),
    ) -> Result<Vec<Example>> {
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        let mut examples = vec![];
        for path in download::fetch(&files.resolve(cache, progress)?, progress)? {
            for (number, row) in labelled::read(&path, &texts, &self.label)?.into_iter().enumerate() {
                let wrong = |detail| Error::Parquet { path: path.clone(), detail: format!("row {number}: {detail}") };
                let (mut texts, label) = of(row, asks).map_err(wrong)?;
                let second = if texts.len() > 1 { texts.pop() } else { None };
                let text = texts.pop().unwrap_or_default();
                examples.extend(splits.iter().map(|split| Example {
                    split: *split,
                    text: text.clone(),
                    second: second.clone(),
                    label,
                }));
            }
        }
        Ok(examples)
    }
}

/// Gives the normalised texts and the label of a row.
fn of(row: LabelledRow, asks: &TaskKind) -> std::result::Result<(Vec<String>, Label), String> {
    let (texts, label) = row;
    let texts = texts.into_iter().map(|text| text.map(|text| normalise(&text)).ok_or("a text is null"));
    let label = label.ok_or("the label is null")?;
    let label = match asks {
        TaskKind::Rating => Label::Rating(label as f32),
        TaskKind::Classes { names } if label >= 0.0 && label.fract() == 0.0 && (label as usize) < names.len() => {
            Label::Class(label as u16)
        }
        TaskKind::Classes { names } => return Err(format!("label {label} is none of {} classes", names.len())),
    };
    Ok((texts.collect::<std::result::Result<_, _>>()?, label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_or_missing_label_is_refused() {
        let two = TaskKind::Classes { names: vec!["no".into(), "yes".into()] };
        let row = |label| (vec![Some("a  b".to_string())], label);
        assert_eq!(of(row(Some(1.0)), &two).unwrap(), (vec!["a b".to_string()], Label::Class(1)));
        assert_eq!(of(row(Some(2.5)), &TaskKind::Rating).unwrap().1, Label::Rating(2.5));
        for label in [Some(-1.0), Some(2.0), Some(0.5), None] {
            assert!(of(row(label), &two).is_err(), "{label:?}");
        }
        assert!(of((vec![None], Some(1.0)), &two).unwrap_err().contains("null"));
    }
}
