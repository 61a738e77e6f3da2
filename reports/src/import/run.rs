//! A table becomes a manifest and records.

use std::fs;
use std::path::{Path, PathBuf};

use mos_base::Split;
use mos_base::files::{sha256, write_atomic};
use mos_base::names::check_name;
use mos_plan::files::folder::MANIFEST;
use mos_plan::files::job::RECORDS;
use mos_plan::files::manifest::{DataCard, Environment, ImportCard, MANIFEST_SCHEMA, RunManifest, SubnetCard};
use mos_plan::headline::Headline;
use mos_plan::{NamedArch, Record, Subject, SubnetId};
use mos_spaces::method::reference;
use mos_spaces::read::json;
use mos_spaces::{Arch, SearchSpace};
use serde_json::{Map as Object, Value};

use super::map::Map;
use crate::error::{Error, Result};
use crate::input_table::InputTable;
use crate::run::records::write_records;

/// The name of the profile of an imported run.
const PROFILE: &str = "imported";
/// What stands for what a table does not say.
const UNKNOWN: &str = "unknown";
/// The seed of an imported column: each is of one training.
const SEED: i64 = 1;

/// What was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The folder of the run.
    pub folder: PathBuf,
    /// The number of subnets.
    pub subnets: usize,
    /// The number of records.
    pub records: usize,
}

/// Makes the run `name` under `runs` of a table, with the map of this name. `command` is what a user would type.
///
/// # Errors
/// This fails when the file is no such table, when a column of the map is not there, when an architecture lies outside the
/// space or does not have the parameters that the table says, and when there is such a run already.
pub fn import_published(file: &Path, map_name: &str, name: &str, runs: &Path, command: &str) -> Result<Imported> {
    check_name("run", name).map_err(|error| Error::Run(format!("--as: {error}")))?;
    let folder = runs.join(name);
    if folder.exists() {
        return Err(Error::Run(format!(
            "--as {name}: there is such a run already; choose another name, or delete {}",
            folder.display()
        )));
    }
    let map = Map::find(map_name)?;
    let bytes = fs::read(file).map_err(Error::io(file))?;
    let card = ImportCard {
        file: file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        sha256: sha256(&bytes),
        map: map_name.to_owned(),
        source: map.source.clone(),
        published_size: map.published_size,
    };
    let table = InputTable::read(file)?;
    let subnets = subnets(&table, &map)?;
    let records = records(&table, &map, &subnets, &card.sha256)?;
    let imported = Imported { folder: folder.clone(), subnets: subnets.len(), records: records.len() };
    let manifest = manifest(&map, card, name, command, subnets);
    let text = toml::to_string(&manifest).map_err(|error| Error::Run(error.to_string()))?;
    write_records(&folder.join(RECORDS), &records)?;
    let path = folder.join(MANIFEST);
    write_atomic(&path, text.as_bytes()).map_err(Error::io(&path))?;
    Ok(imported)
}

/// Reads the subnet of each row.
fn subnets(table: &InputTable, map: &Map) -> Result<Vec<SubnetCard>> {
    let space = SearchSpace::find(&map.space).map_err(|error| Error::Run(error.to_string()))?;
    let names = table.texts(&map.name)?;
    let groups = map.group.as_ref().map(|column| table.texts(column)).transpose()?;
    let params = map.computed.params.as_ref().map(|column| table.numbers(column)).transpose()?;
    let fields: Vec<(&String, Vec<String>)> =
        map.arch.iter().map(|(key, column)| Ok((key, table.texts(column)?))).collect::<Result<_>>()?;
    let mut cards: Vec<SubnetCard> = Vec::new();
    for row in 0..table.len() {
        let group = groups.as_ref().map(|groups| map.groups.get(&groups[row]).unwrap_or(&groups[row]).clone());
        let name = group.iter().chain([&names[row]]).cloned().collect::<Vec<_>>().join("-");
        let arch = arch(&space, &name, fields.iter().map(|(key, cells)| (*key, cells[row].as_str())));
        let arch = arch.map_err(|reason| table.error(row, reason))?;
        let card = SubnetCard { group, ..SubnetCard::of(&space, &NamedArch::given(&name, arch)) };
        if cards.iter().any(|other| other.id == card.id) {
            return Err(table.error(row, format!("subnet `{name}` stands twice")));
        }
        if let Some(told) = params.as_ref().map(|params| params[row]).filter(|told| *told != card.params as f64) {
            let reason = format!("the table says {told} parameters, the architecture has {}", card.params);
            return Err(table.error(row, reason));
        }
        cards.push(card);
    }
    Ok(cards)
}

/// Reads an architecture of the cells of a row; lists are separated by blanks.
fn arch<'a>(
    space: &SearchSpace,
    name: &str,
    cells: impl Iterator<Item = (&'a String, &'a str)>,
) -> std::result::Result<Arch, String> {
    let mut configuration = Object::new();
    for (key, cell) in cells {
        let parsed =
            cell.split_whitespace().map(|word| word.parse::<i64>().map_err(|_| format!("`{key}`: found `{cell}`")));
        let numbers: Vec<i64> = parsed.collect::<std::result::Result<_, _>>()?;
        let field = space.family.fields.iter().find(|field| field.key == key);
        let is_list = field.is_some_and(|field| field.scope == mos_spaces::field::Scope::Layer);
        let value = match numbers.as_slice() {
            [one] if !is_list => Value::from(*one),
            list => Value::from(list.to_vec()),
        };
        configuration.insert(key.clone(), value);
    }
    let text =
        serde_json::to_string(&Value::from_iter([(name, Value::from(configuration))])).map_err(|e| e.to_string())?;
    let mut read = json::parse(space.family, &text)?;
    let arch = read.remove(0).1.arch;
    space.check(&arch).map_err(|error| error.to_string())?;
    Ok(arch)
}

/// Makes a record of each score.
fn records(table: &InputTable, map: &Map, subnets: &[SubnetCard], sha256: &str) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for columns in &map.score {
        for (split, column) in [(Split::Valid, &columns.valid), (Split::Test, &columns.test)] {
            let Some(column) = column else { continue };
            for (row, (value, card)) in table.numbers(column)?.into_iter().zip(subnets).enumerate() {
                records.push(Record {
                    job_id: format!("{}-row-{}", &sha256[..16], row + 1),
                    track: map.track,
                    dataset: map.dataset.clone(),
                    profile: PROFILE.to_owned(),
                    method: columns.method.clone(),
                    seed: SEED,
                    subject: Subject::Subnet(SubnetId::clone(&card.id)),
                    split: Some(split),
                    metric: map.primary_metric,
                    step: 0,
                    value,
                    loaded: false,
                });
            }
        }
    }
    Ok(records)
}

fn manifest(map: &Map, card: ImportCard, name: &str, command: &str, subnets: Vec<SubnetCard>) -> RunManifest {
    let methods = map.score.iter().map(|columns| columns.method.clone()).filter(|m| *m != reference().name);
    let unknown = || UNKNOWN.to_owned();
    RunManifest {
        schema: MANIFEST_SCHEMA,
        name: name.to_owned(),
        command: command.to_owned(),
        created_utc: unknown(),
        track: map.track,
        profile: PROFILE.to_owned(),
        primary_metric: map.primary_metric,
        primary_split: map.primary_split,
        headline: Headline::All,
        methods: methods.collect(),
        seeds: vec![SEED],
        space: map.space.clone(),
        profile_toml: String::new(),
        environment: Environment {
            os: unknown(),
            cpu: unknown(),
            cores: 0,
            cpu_capability: unknown(),
            device: unknown(),
            gpus: None,
            workers: 0,
            threads_per_job: 0,
            libtorch: unknown(),
            harness: env!("CARGO_PKG_VERSION").to_owned(),
            code_hash: unknown(),
            commit: None,
        },
        corpora: vec![DataCard {
            id: map.dataset.clone(),
            title: map.title.clone(),
            source_language: map.source_language.clone(),
            target_language: map.target_language.clone(),
            has_own_tokens: false,
            text_licence: map.licence.clone(),
            citation: map.citation.clone(),
            hash: card.sha256.clone(),
            notes: vec![
                "Scores were taken from the table as they stand; no text was at hand to score again.".to_owned(),
            ],
        }],
        tuning: None,
        subnets,
        found_subnets: vec![],
        found: vec![],
        beside: vec![],
        guests: vec![],
        imported: Some(card),
    }
}
