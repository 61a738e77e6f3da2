//! Scores what a network or a linear model says of a task's examples.

use anyhow::{Context as _, Result, bail};
use mos_baselines::bert::examples::Labels;
use mos_plan::Metric;
use mos_plan::fine_tuning::TaskFacts;
use mos_reports::scores::{accuracy, f1, matthews};
use mos_reports::stats::{pearson, spearman};

/// Scores predictions, a row of outputs each, by a task's metrics, in percent. Where a correlation is not defined, as of
/// constant predictions, it counts as 0.
///
/// # Errors
/// Fails if a metric does not fit the labels.
pub fn scores(task: &TaskFacts, predictions: &[Vec<f64>], labels: &Labels) -> Result<Vec<(Metric, f64)>> {
    task.metrics.iter().map(|&metric| Ok((metric, 100.0 * score(metric, predictions, labels)?))).collect()
}

fn score(metric: Metric, predictions: &[Vec<f64>], labels: &Labels) -> Result<f64> {
    match labels {
        Labels::Classes(classes) => {
            let named: Vec<i64> = predictions.iter().map(|outputs| likeliest(outputs)).collect();
            match metric {
                Metric::TaskAccuracy => accuracy(&named, classes).context("the split has no example"),
                Metric::TaskF1 => Ok(f1(&named, classes).unwrap_or(0.0)),
                Metric::TaskMatthews => matthews(&named, classes).context("the split has no example"),
                other => bail!("{other} is no score of classes"),
            }
        }
        Labels::Ratings(ratings) => {
            let named: Vec<f64> = predictions.iter().map(|outputs| outputs[0]).collect();
            let ratings: Vec<f64> = ratings.iter().map(|&rating| f64::from(rating)).collect();
            match metric {
                Metric::TaskPearson => Ok(pearson(&named, &ratings).unwrap_or(0.0)),
                Metric::TaskSpearman => Ok(spearman(&named, &ratings).unwrap_or(0.0)),
                other => bail!("{other} is no score of ratings"),
            }
        }
    }
}

/// Writes a line an example: its label, and what is predicted.
pub fn lines(predictions: &[Vec<f64>], labels: &Labels) -> String {
    let mut text = String::new();
    let mut line = |label: String, predicted: String| text.push_str(&format!("{label}\t{predicted}\n"));
    match labels {
        Labels::Classes(classes) => {
            let pairs = classes.iter().zip(predictions);
            pairs.for_each(|(label, outputs)| line(label.to_string(), likeliest(outputs).to_string()));
        }
        Labels::Ratings(ratings) => {
            let pairs = ratings.iter().zip(predictions);
            pairs.for_each(|(label, outputs)| line(f64::from(*label).to_string(), outputs[0].to_string()));
        }
    }
    text
}

fn likeliest(outputs: &[f64]) -> i64 {
    let best = outputs.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.expect("a network has an output a class").0 as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_label_has_its_scores() {
        let task = |name| TaskFacts::find(name).unwrap();
        let outputs = [[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]].map(|row| row.to_vec());
        let classes = Labels::Classes(vec![1, 0, 0, 0]);
        assert_eq!(scores(task("sst2"), &outputs, &classes).unwrap(), [(Metric::TaskAccuracy, 75.0)]);
        let both = scores(task("mrpc"), &outputs, &classes).unwrap();
        assert!((both[1].1 - 200.0 / 3.0).abs() < 1e-9);
        let ratings = Labels::Ratings(vec![1.0, 8.0, 3.0, 6.0]);
        let first = |row: &Vec<f64>| vec![row[0]];
        let named: Vec<Vec<f64>> = outputs.iter().map(first).collect();
        assert!(scores(task("rating"), &named, &ratings).unwrap()[0].1 > 99.0);
        assert!(scores(task("rating"), &outputs, &classes).is_err());
    }
}
