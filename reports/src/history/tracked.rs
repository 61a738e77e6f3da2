//! What comes of a history for its last night.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{Judgement, State, Why, judge};
use super::metrics::{Metric, find, metrics};
use super::row::{HistoryRow, RowKind};
use super::series::{Series, series};
use super::store::short;
use crate::error::{Error, Result};

/// The last night of a history, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracked {
    /// The commit that it is held against.
    pub base: String,
    /// The nights against this base, in order.
    pub nights: Vec<String>,
    /// The commit of the last night.
    pub commit: String,
    /// What is said of each series.
    pub judgements: Vec<Judgement>,
    /// The series, in the order of the judgements.
    pub series: Vec<Series>,
    /// Those that are plotted and not judged.
    pub plotted: Vec<Series>,
    /// What a maintainer wants to know besides.
    pub notices: Vec<String>,
}

impl Tracked {
    /// Counts the judgements that hold.
    pub fn count(&self, holds: impl Fn(&State) -> bool) -> usize {
        self.judgements.iter().filter(|one| holds(&one.state)).count()
    }

    /// Gives the exit code: 1 with a regression, 3 where nothing could be decided, else 0.
    pub fn exit_code(&self) -> u8 {
        let of_worth = |one: &&Judgement| one.kind != RowKind::Control;
        if self.judgements.iter().filter(of_worth).any(|one| one.state == State::Worse) {
            1
        } else if self.judgements.iter().filter(of_worth).all(|one| matches!(one.state, State::Undecided(_))) {
            3
        } else {
            0
        }
    }
}

/// Judges the last night. `against` is the start of the base commit's name; without it the base of the last night is meant.
///
/// # Errors
/// This fails without nights, for a base that no night was measured against, and for a metric that is not known.
pub fn track(rows: &[HistoryRow], against: Option<&str>) -> Result<Tracked> {
    let base = base(rows, against)?;
    let known = metrics();
    let all = series(rows, &base);
    for one in &all {
        find(known, &one.metric)?;
    }
    let of_base: Vec<&HistoryRow> = rows.iter().filter(|row| row.base == base).collect();
    let nights: BTreeSet<&str> = of_base.iter().map(|row| row.night.as_str()).collect();
    let nights: Vec<String> = nights.into_iter().map(str::to_owned).collect();
    let last = nights.last().cloned().unwrap_or_default();
    let commit = of_base.iter().find(|row| row.night == last).map(|row| row.commit.clone()).unwrap_or_default();
    let facts = |one: &Series| -> Metric { find(known, &one.metric).expect("every metric is known").clone() };
    let judged: Vec<Series> = all.iter().filter(|one| RowKind::JUDGED.contains(&one.kind)).cloned().collect();
    let tonight = |one: &Series| one.nights.last().is_some_and(|night| night.night == last);
    let (there, gone): (Vec<Series>, Vec<Series>) = judged.into_iter().partition(tonight);
    let mut judgements = judge(&there, facts);
    judgements.extend(gone.iter().map(|one| Judgement::undecided(one, Why::NotTonight)));
    distrust_clock(&mut judgements);
    let place = |one: &Judgement| {
        let same = |series: &&Series| {
            (&series.benchmark, &series.metric, series.kind) == (&one.benchmark, &one.metric, one.kind)
        };
        all.iter().find(same).cloned().expect("every judgement is of a series")
    };
    let series = judgements.iter().map(place).collect();
    let notices = [changed_bits(&all, &last), gaps(&nights), machines(&of_base, &last)].concat();
    let plotted = all.into_iter().filter(|one| one.kind == RowKind::Absolute).collect();
    Ok(Tracked { base, nights, commit, judgements, series, plotted, notices })
}

fn base(rows: &[HistoryRow], against: Option<&str>) -> Result<String> {
    let Some(last) = rows.iter().max_by(|a, b| a.night.cmp(&b.night)) else {
        return Err(Error::Run("the history has no night yet; `cargo xtask ci nightly` adds one".to_owned()));
    };
    let Some(wanted) = against else { return Ok(last.base.clone()) };
    let bases: BTreeSet<&str> = rows.iter().map(|row| row.base.as_str()).collect();
    let fitting: Vec<&str> = bases.iter().filter(|base| base.starts_with(wanted)).copied().collect();
    match fitting[..] {
        [one] => Ok(one.to_owned()),
        _ => Err(Error::Run(format!(
            "--against {wanted}: it has to be the start of one commit that nights were measured against (there are: {})",
            bases.iter().map(|base| short(base)).collect::<Vec<&str>>().join(", ")
        ))),
    }
}

/// Times are worth what the control is: where a binary differs from itself, or was not timed against itself, none is judged.
fn distrust_clock(judgements: &mut [Judgement]) {
    let mut controls = judgements.iter().filter(|one| one.kind == RowKind::Control).peekable();
    let null = controls.peek().is_some() && controls.all(|one| one.state == State::Same);
    for one in judgements.iter_mut().filter(|one| one.kind == RowKind::Timing && !null) {
        if !matches!(one.state, State::Undecided(_)) {
            one.state = State::Undecided(Why::Control);
        }
    }
}

/// Bits at a fixed seed are compared with the night before on the same machine and software.
fn changed_bits(series: &[Series], last: &str) -> Vec<String> {
    let changed = |one: &&Series| -> Option<String> {
        let [.., before, tonight] = &one.nights[..] else { return None };
        let alike = before.environment == tonight.environment && tonight.night == last;
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
        (alike && bits(&before.values) != bits(&tonight.values)).then(|| {
            let (of, from, to) = (one.name(), short(&before.commit), short(&tonight.commit));
            format!("bits changed at a fixed seed: {of}, between {from} and {to}")
        })
    };
    series.iter().filter(|one| one.kind == RowKind::FixedSeed).filter_map(|one| changed(&one)).collect()
}

/// Tells of nights that lack.
fn gaps(nights: &[String]) -> Vec<String> {
    let gap = |pair: &[String]| {
        let (from, to) = (days(&pair[0])?, days(&pair[1])?);
        (to > from + 1).then(|| format!("no night between {} and {}", pair[0], pair[1]))
    };
    nights.windows(2).filter_map(gap).collect()
}

/// Counts the days of a date such as `2026-11-30` from a fixed day; `None` for another text.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-').map(|part| part.get(..2.max(part.len().min(4)))?.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Years begin in March here, so that the day that comes only sometimes is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day)
}

/// Tells of a last night on another machine than most.
fn machines(rows: &[&HistoryRow], last: &str) -> Vec<String> {
    let mut nights_on: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows {
        nights_on.entry(&row.machine).or_default().insert(&row.night);
    }
    let usual = nights_on.iter().max_by_key(|(_, nights)| nights.len()).map(|(machine, _)| *machine);
    let tonight = rows.iter().find(|row| row.night == last).map(|row| row.machine.as_str());
    match (usual, tonight) {
        (Some(usual), Some(tonight)) if usual != tonight => {
            vec![format!("the last night ran on another machine ({tonight}) than most ({usual})")]
        }
        _ => vec![],
    }
}
