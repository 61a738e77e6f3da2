//! Reads version 1 of the files of a run, as far as recorded runs of earlier versions are still rendered from it.

use mos_spaces::latency::predictors::PredictorKind;
use mos_spaces::search::limit::Limit;

use crate::metric::{Metric, MetricFamily};
use crate::subject::{Subject, SubnetId, SubnetKind};

/// Reads the subject of a version 1 record, which wrote names of subnets, labels of limits and names of predictors into
/// one column.
///
/// # Errors
/// Fails if a search's row does not hold a limit's label, or a predictor's row no predictor's name.
pub fn subject(metric: Metric, text: &str) -> Result<Subject, String> {
    if text.is_empty() {
        return Ok(Subject::Whole);
    }
    if metric.family() == MetricFamily::Search {
        return limit(text).map(Subject::Limit);
    }
    let predicts = matches!(
        metric,
        Metric::PredictorMdape
            | Metric::PredictorMape
            | Metric::PredictorRmse
            | Metric::PredictorTau
            | Metric::PredictorChosen
    );
    if predicts {
        let named = PredictorKind::named(text);
        return named.map(Subject::Predictor).ok_or_else(|| format!("`{text}` is no kind of predictor"));
    }
    Ok(Subject::Subnet(subnet(text)))
}

/// Finds the kind of a subnet of which version 1 tells the name alone.
pub fn subnet(name: &str) -> SubnetId {
    let kind = match name {
        "largest" => SubnetKind::Largest,
        "smallest" => SubnetKind::Smallest,
        _ if name.starts_with("random-") => SubnetKind::Drawn,
        _ if name.starts_with("found-") => SubnetKind::Found,
        _ if name.starts_with("sample-") => SubnetKind::Sampled,
        _ => SubnetKind::Given,
    };
    SubnetId { kind, name: name.to_string() }
}

/// Reads a limit's label back. It is the one place that does so, since version 1 left no other trace of the limit.
///
/// # Errors
/// Fails if it is no label that version 1 wrote.
pub fn limit(label: &str) -> Result<Limit, String> {
    let words: Vec<&str> = label.split(' ').collect();
    let limit = match words[..] {
        ["latency", ms, "ms"] => ms.parse().ok().map(Limit::LatencyMs),
        ["latency", "share", share] => share.parse().ok().map(Limit::LatencyShare),
        ["params", n] => n.parse().ok().map(Limit::Params),
        ["flops", n] => n.parse().ok().map(Limit::Flops),
        _ => None,
    };
    limit.ok_or_else(|| format!("`{label}` is no limit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_of_version_1_is_read() {
        for known in [Limit::LatencyMs(4.83), Limit::LatencyShare(0.35), Limit::Params(5), Limit::Flops(6)] {
            assert_eq!(limit(&known.label()), Ok(known));
        }
        assert!(limit("watts 3").is_err());
        assert_eq!(subject(Metric::Loss, "random-2").unwrap().subnet().unwrap().kind, SubnetKind::Drawn);
        assert_eq!(subject(Metric::SearchLoss, "latency share 0.5"), Ok(Subject::Limit(Limit::LatencyShare(0.5))));
        let network = Ok(Subject::Predictor(PredictorKind::Network));
        assert_eq!(subject(Metric::PredictorTau, "network"), network);
        assert_eq!(subject(Metric::TrainSeconds, ""), Ok(Subject::Whole));
    }
}
