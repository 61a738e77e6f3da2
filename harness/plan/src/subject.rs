//! Says what a record is about: a whole job, a subnet, a search under a limit, or a kind of latency predictor.

use std::cmp::Ordering;

use mos_spaces::Arch;
use mos_spaces::latency::predictors::PredictorKind;
use mos_spaces::search::limit::Limit;
use serde::{Deserialize, Serialize};

/// How a subnet came to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubnetKind {
    /// It is the largest of the space.
    Largest,
    /// It is the smallest of the space.
    Smallest,
    /// It was drawn at random by the profile.
    Drawn,
    /// It was found by a search.
    Found,
    /// It was given by the user.
    Given,
    /// It was drawn at random to fit a latency predictor.
    Sampled,
    /// It belongs to a method of another paper, on a space of its own.
    Guest,
}

impl SubnetKind {
    /// All kinds of subnet.
    pub const ALL: [SubnetKind; 7] = [
        SubnetKind::Largest,
        SubnetKind::Smallest,
        SubnetKind::Drawn,
        SubnetKind::Found,
        SubnetKind::Given,
        SubnetKind::Sampled,
        SubnetKind::Guest,
    ];

    /// Returns its name in files.
    pub fn name(self) -> &'static str {
        match self {
            SubnetKind::Largest => "largest",
            SubnetKind::Smallest => "smallest",
            SubnetKind::Drawn => "drawn",
            SubnetKind::Found => "found",
            SubnetKind::Given => "given",
            SubnetKind::Sampled => "sampled",
            SubnetKind::Guest => "guest",
        }
    }

    /// Returns the name of the `n`-th subnet of this kind, counted from 1; none where the user gives it.
    pub fn subnet_name(self, n: usize) -> Option<String> {
        match self {
            SubnetKind::Largest | SubnetKind::Smallest => Some(self.name().to_string()),
            SubnetKind::Drawn => Some(format!("random-{n}")),
            SubnetKind::Found => Some(format!("found-{n}")),
            SubnetKind::Sampled => Some(format!("sample-{n}")),
            SubnetKind::Guest => Some(format!("guest-{n}")),
            SubnetKind::Given => None,
        }
    }
}

/// A subnet's kind and name, as tables show it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SubnetId {
    /// How it came to be looked at.
    pub kind: SubnetKind,
    /// `largest`, `smallest`, `random-1`, `found-1`, ..., or the user's own.
    pub name: String,
}

/// A subnet and its name in tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedArch {
    /// Kind and name.
    #[serde(flatten)]
    pub id: SubnetId,
    /// Its architecture.
    pub arch: Arch,
}

impl NamedArch {
    /// Makes the `n`-th subnet, counted from 1, of a kind whose names are made here.
    ///
    /// # Panics
    /// Panics if the kind's names are the user's own.
    pub fn numbered(kind: SubnetKind, n: usize, arch: Arch) -> NamedArch {
        let name = kind.subnet_name(n).expect("a given subnet has a name of its own");
        NamedArch { id: SubnetId { kind, name }, arch }
    }

    /// Makes a subnet that the user named.
    pub fn given(name: &str, arch: Arch) -> NamedArch {
        NamedArch { id: SubnetId { kind: SubnetKind::Given, name: name.to_string() }, arch }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.id.name
    }
}

/// What a record is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The record is about a whole job.
    Whole,
    /// The record is about a subnet.
    Subnet(SubnetId),
    /// The record is about a search under this limit.
    Limit(Limit),
    /// The record is about latency predictors of this kind.
    Predictor(PredictorKind),
}

/// A subject as the columns of a record file.
#[derive(Clone, Debug, PartialEq)]
pub struct SubjectColumns {
    /// What it is: empty for a whole job, a kind of subnet, `predictor`, or a kind of limit.
    pub kind: String,
    /// The subnet's name, the limit's label or the predictor's name, which people read.
    pub text: String,
    /// The limit's number.
    pub bound: Option<f64>,
}

const PREDICTOR: &str = "predictor";

impl Subject {
    /// Makes the subject that is this subnet.
    pub fn of(subnet: &NamedArch) -> Subject {
        Subject::Subnet(subnet.id.clone())
    }

    /// Returns the subnet, where the subject is one.
    pub fn subnet(&self) -> Option<&SubnetId> {
        match self {
            Subject::Subnet(id) => Some(id),
            _ => None,
        }
    }

    /// Returns the name of the subnet, the label of the limit or the name of the predictor; it is empty for a whole
    /// job.
    pub fn text(&self) -> String {
        match self {
            Subject::Whole => String::new(),
            Subject::Subnet(id) => id.name.clone(),
            Subject::Limit(limit) => limit.label(),
            Subject::Predictor(kind) => kind.name().to_string(),
        }
    }

    /// Writes the subject as the columns of a record file.
    pub fn columns(&self) -> SubjectColumns {
        let (kind, bound) = match self {
            Subject::Whole => (String::new(), None),
            Subject::Subnet(id) => (id.kind.name().to_string(), None),
            Subject::Limit(limit) => {
                // The lower end of a range stands with the kind, since there is one column for a number.
                let floor = limit.floor().map(|floor| format!(" {floor}")).unwrap_or_default();
                (format!("limit {}{floor}", limit.kind().name()), Some(limit.bound()))
            }
            Subject::Predictor(_) => (PREDICTOR.to_string(), None),
        };
        SubjectColumns { kind, text: self.text(), bound }
    }

    /// Reads the columns of a record file.
    ///
    /// # Errors
    /// Fails if the columns are none that [`Subject::columns`] writes.
    pub fn read(columns: SubjectColumns) -> Result<Subject, String> {
        let SubjectColumns { kind, text, bound } = columns;
        if kind.is_empty() {
            return Ok(Subject::Whole);
        }
        if kind == PREDICTOR {
            let named = PredictorKind::named(&text);
            return named.map(Subject::Predictor).ok_or_else(|| format!("`{text}` is no kind of predictor"));
        }
        if let Some(limit) = kind.strip_prefix("limit ") {
            let (name, floor) = limit.split_once(' ').map_or((limit, None), |(name, n)| (name, n.parse().ok()));
            let limit = bound.and_then(|bound| Limit::read(name, floor, bound));
            return limit.map(Subject::Limit).ok_or_else(|| format!("`{kind}` is no limit of this version"));
        }
        let known = SubnetKind::ALL.into_iter().find(|k| k.name() == kind);
        let kind = known.ok_or_else(|| format!("`{kind}` is no subject of this version"))?;
        Ok(Subject::Subnet(SubnetId { kind, name: text }))
    }
}

impl Eq for Subject {}

/// Subjects stand in the order of their texts, which is that of record files.
impl Ord for Subject {
    fn cmp(&self, other: &Subject) -> Ordering {
        let key = |subject: &Subject| (subject.text(), subject.columns().kind);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Subject {
    fn partial_cmp(&self, other: &Subject) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_back() {
        let subnets = SubnetKind::ALL.map(|kind| Subject::Subnet(SubnetId { kind, name: "x".into() }));
        let counts = [Limit::Params(200_000), Limit::ParamsIn([100_000, 200_000]), Limit::Flops(7)];
        let limits = [Limit::LatencyMs(4.5), Limit::LatencyShare(0.12)].into_iter().chain(counts);
        let predictors = PredictorKind::ALL.map(Subject::Predictor);
        let all = subnets.into_iter().chain(limits.map(Subject::Limit)).chain(predictors).chain([Subject::Whole]);
        for subject in all {
            assert_eq!(Subject::read(subject.columns()).unwrap(), subject);
        }
        let foreign = SubjectColumns { kind: "limit watts".into(), text: "watts 3".into(), bound: Some(3.0) };
        assert!(Subject::read(foreign).unwrap_err().contains("limit watts"));
    }
}
