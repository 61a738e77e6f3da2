//! The files of tasks are written into a prepared folder, as `tasks/NAME/SPLIT.shard`.

use super::card::{TaskCard, TaskKind, TaskSplitCard};
use super::encode::{Encoded, encode};
use super::example::{Example, Label, Labelled};
use super::shard::ExampleShard;
use super::spec::{Examples, TaskEntry};
use crate::error::{Error, Result};
use crate::text::wordpiece::WordPiece;
use mos_base::{Split, files};
use std::path::Path;

/// Names the file of a split of a task, in the prepared folder.
pub fn shard(task: &str, split: Split) -> String {
    format!("tasks/{task}/{split}.shard")
}

/// Names all files of a task.
pub fn files(task: &str) -> [String; 3] {
    Split::ALL.map(|split| shard(task, split))
}

/// Reads, encodes and writes all tasks into the folder `out`. `scratch` is an existing folder for large temporary files,
/// which the caller removes.
pub(crate) fn write_all(
    out: &Path,
    tasks: &[TaskEntry],
    vocabulary: &WordPiece,
    length: usize,
    cache: &Path,
    scratch: &Path,
    progress: &dyn Fn(&str),
) -> Result<Vec<TaskCard>> {
    let write_one = |task: &TaskEntry| {
        progress(&format!("preparing the task {}", task.name));
        write(out, task, vocabulary, length, &read(task, cache, scratch, progress)?)
    };
    tasks.iter().map(write_one).collect()
}

/// Reads the examples of a task.
fn read(task: &TaskEntry, cache: &Path, scratch: &Path, progress: &dyn Fn(&str)) -> Result<Labelled> {
    match &task.examples {
        Examples::Topics(topics) => topics.read(&task.asks, cache, progress),
        Examples::Lines(lines) => lines.read(cache, progress),
        Examples::Verses(verses) => verses.read(cache, scratch, progress),
        Examples::Columns(columns) => columns.read(&task.asks, cache, progress),
    }
}

/// Encodes and writes the examples of a task.
fn write(out: &Path, task: &TaskEntry, vocabulary: &WordPiece, length: usize, labelled: &Labelled) -> Result<TaskCard> {
    files::make_folder(&out.join("tasks").join(&task.name))?;
    let split = |split: Split| {
        let examples: Vec<&Example> = labelled.examples.iter().filter(|example| example.split == split).collect();
        if examples.is_empty() {
            let detail = format!("{split} has no examples");
            return Err(Error::Corpus { id: format!("task {}", task.name), detail });
        }
        let encoded = encode_all(&examples, vocabulary, length);
        let mut writer = ExampleShard::create(&out.join(shard(&task.name, split)))?;
        for (example, encoded) in examples.iter().zip(&encoded) {
            writer.push(&ExampleShard::row(encoded, example.label))?;
        }
        writer.finish()?;
        Ok(split_card(&task.asks, &examples, &encoded))
    };
    Ok(TaskCard {
        name: task.name.clone(),
        title: task.title.clone(),
        licence: task.licence.clone(),
        citation: task.citation.clone(),
        kind: task.asks.clone(),
        sequence_length: length,
        reported: if matches!(task.examples, Examples::Columns(_)) { Split::Valid } else { Split::Test },
        train: split(Split::Train)?,
        valid: split(Split::Valid)?,
        test: split(Split::Test)?,
        near_duplicates: labelled.near_duplicates,
    })
}

fn encode_all(examples: &[&Example], vocabulary: &WordPiece, length: usize) -> Vec<Encoded> {
    let specials = vocabulary.specials();
    let first = vocabulary.encode(&examples.iter().map(|e| e.text.as_str()).collect::<Vec<_>>());
    let second =
        vocabulary.encode(&examples.iter().map(|e| e.second.as_deref().unwrap_or_default()).collect::<Vec<_>>());
    let both = examples.iter().zip(first.iter().zip(&second));
    both.map(|(e, (a, b))| encode(a, e.second.as_ref().map(|_| &b[..]), &specials, length)).collect()
}

fn split_card(asks: &TaskKind, examples: &[&Example], encoded: &[Encoded]) -> TaskSplitCard {
    let mut card = TaskSplitCard {
        examples: examples.len(),
        cut: encoded.iter().filter(|encoded| encoded.cut).count(),
        ..TaskSplitCard::default()
    };
    if let TaskKind::Classes { names } = asks {
        card.classes = vec![0; names.len()];
        for example in examples {
            if let Label::Class(class) = example.label {
                card.classes[usize::from(class)] += 1;
            }
        }
        let most = card.classes.iter().max().copied().unwrap_or(0);
        card.majority_share = Some((most as f64 / examples.len() as f64 * 1e6).round() / 1e6);
    }
    card
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_count_classes_and_cuts() {
        let example =
            |class| Example { split: Split::Train, text: "a".into(), second: None, label: Label::Class(class) };
        let examples = [example(1), example(0), example(1)];
        let encoded = |cut| Encoded { ids: vec![], second: 0, cut };
        let asks = TaskKind::Classes { names: vec!["a".into(), "b".into(), "c".into()] };
        let card = split_card(&asks, &examples.each_ref(), &[encoded(true), encoded(false), encoded(false)]);
        assert_eq!((card.examples, card.cut, card.classes), (3, 1, vec![1, 2, 0]));
        assert_eq!(card.majority_share, Some(0.666667));
        assert_eq!(split_card(&TaskKind::Rating, &examples.each_ref(), &[]).majority_share, None);
    }
}
