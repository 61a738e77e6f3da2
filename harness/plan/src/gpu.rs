//! Finds the GPUs that a run may use, without libtorch.

use serde::{Deserialize, Serialize};

use crate::nvidia_smi::{PATIENCE, Silence, ask};

/// The GPUs of a run. They are of one model, so that any of them may run any job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gpus {
    /// Name of the model.
    pub model: String,
    /// Version of the driver.
    pub driver: String,
    /// What `CUDA_VISIBLE_DEVICES` has to hold for a process to see one of them alone.
    pub devices: Vec<String>,
}

/// One line of `nvidia-smi`'s list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Card {
    index: String,
    uuid: String,
    model: String,
    driver: String,
}

impl Gpus {
    /// Asks `nvidia-smi`, and leaves out what `CUDA_VISIBLE_DEVICES` hides; none where no GPU is left.
    ///
    /// # Errors
    /// Fails with its reason where `nvidia-smi` fails or never answers.
    pub fn here() -> Result<Option<Gpus>, String> {
        match ask(&["--query-gpu=index,uuid,name,driver_version", "--format=csv,noheader"], PATIENCE) {
            Ok(list) => Ok(visible(&list, std::env::var("CUDA_VISIBLE_DEVICES").ok().as_deref())),
            Err(Silence::Absent) => Ok(None),
            Err(Silence::Trouble(why)) => Err(why),
        }
    }
}

/// Picks the cards of a list that `variable` lets a process see, as CUDA reads it: in its order, up to the first entry that
/// names no card. Those of another model than the first are left out.
fn visible(list: &str, variable: Option<&str>) -> Option<Gpus> {
    let cards: Vec<Card> = list.lines().filter_map(card).collect();
    let named = |entry: &str| {
        let is_it = |card: &&Card| card.index == entry || (entry.len() > 4 && card.uuid.starts_with(entry));
        cards.iter().find(is_it).map(|card| (entry.to_string(), card))
    };
    let seen: Vec<(String, &Card)> = match variable {
        // CUDA numbers cards in an order of its own; their names leave no doubt.
        None => cards.iter().map(|card| (card.uuid.clone(), card)).collect(),
        Some(entries) => entries.split(',').map(str::trim).map_while(named).collect(),
    };
    let first = seen.first()?.1;
    let alike = seen.iter().filter(|(_, card)| card.model == first.model).map(|(entry, _)| entry.clone());
    Some(Gpus { model: first.model.clone(), driver: first.driver.clone(), devices: alike.collect() })
}

fn card(line: &str) -> Option<Card> {
    let fields: Vec<String> = line.split(',').map(|field| field.trim().to_string()).collect();
    let [index, uuid, model, driver] = fields.try_into().ok()?;
    Some(Card { index, uuid, model, driver })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "0, GPU-aaaa-1, NVIDIA H100, 580.1\n1, GPU-bbbb-2, NVIDIA H100, 580.1\n2, GPU-cccc-3, NVIDIA T4, 580.1\n";

    fn devices(variable: Option<&str>) -> Vec<String> {
        visible(LIST, variable).map_or(vec![], |gpus| gpus.devices)
    }

    #[test]
    fn all_cards_of_one_model_are_used() {
        let gpus = visible(LIST, None).unwrap();
        assert_eq!((gpus.model.as_str(), gpus.driver.as_str()), ("NVIDIA H100", "580.1"));
        assert_eq!(gpus.devices, ["GPU-aaaa-1", "GPU-bbbb-2"]);
    }

    #[test]
    fn what_the_variable_hides_is_not_used() {
        assert_eq!(devices(Some("1")), ["1"]);
        assert_eq!(devices(Some("2,0")), ["2"]);
        assert_eq!(devices(Some("GPU-bbbb,0")), ["GPU-bbbb", "0"]);
        // CUDA stops at the first entry that is none of its devices.
        assert_eq!(devices(Some("1,9,0")), ["1"]);
        assert!(devices(Some("-1")).is_empty() && devices(Some("")).is_empty());
    }

    #[test]
    fn without_a_list_there_is_none() {
        assert_eq!(visible("", None), None);
        assert_eq!(visible("No devices were found\n", None), None);
    }
}
