//! Describes a bundle for machines: as an RO-Crate 1.3 in the Process Run Crate profile, and for those who cite it.

use mos_plan::files::folder::MANIFEST;
use mos_plan::files::job::RECORDS;
use mos_plan::files::manifest::RunManifest;
use serde_json::{Value, json};

/// The file of the description.
const DESCRIPTION: &str = "ro-crate-metadata.json";
/// The specification that it follows.
const CRATE: &str = "https://w3id.org/ro/crate/1.3";
/// The profile that it follows.
const PROFILE: &str = "https://w3id.org/ro/wfrun/process/0.6";
/// The version of that profile.
const PROFILE_VERSION: &str = "0.6";
/// The licence of what this program makes.
const LICENCE: &str = "https://spdx.org/licenses/MIT";

/// Makes the description of a bundle with these files, by their names and contents.
pub fn metadata(manifest: &RunManifest, files: &[(String, Vec<u8>)]) -> String {
    // No file of a run says when its jobs ran, so that the action has no times. The profile asks for an offset in place of the
    // letter.
    let date = manifest.created_utc.replace('Z', "+00:00");
    let parts: Vec<Value> = files.iter().map(|(name, _)| json!({ "@id": path(name) })).collect();
    let text_licence = manifest.corpus().text_licence.as_str();
    let mut graph = vec![
        json!({
            "@id": DESCRIPTION,
            "@type": "CreativeWork",
            "about": { "@id": "./" },
            "conformsTo": { "@id": CRATE },
        }),
        json!({
            "@id": "./",
            "@type": "Dataset",
            "name": format!("Run {} of mos-harness", manifest.name),
            "description": format!(
                "Records, job files and report of a run that trained weight-sharing supernets beside their subnets from \
                 scratch: profile {}, corpus {}.",
                manifest.profile, manifest.corpus().id
            ),
            "datePublished": date,
            "license": { "@id": LICENCE },
            "conformsTo": { "@id": PROFILE },
            "hasPart": parts,
            "mentions": { "@id": "#run" },
            "publisher": { "@id": "#agent" },
            "author": { "@id": "#agent" },
        }),
        json!({
            "@id": PROFILE, "@type": ["CreativeWork", "Profile"], "name": "Process Run Crate", "version": PROFILE_VERSION,
        }),
        json!({
            "@id": LICENCE, "@type": "CreativeWork", "name": "MIT licence", "identifier": "MIT",
            "description": "The licence of what mos-harness makes. The texts keep their own.",
        }),
        json!({
            "@id": "#mos-harness",
            "@type": "SoftwareApplication",
            "name": "mos-harness",
            // One word of schema.org's for applications, and one that RO-Crate asks for.
            "softwareVersion": format!("{}, sources {}", manifest.environment.harness, manifest.environment.code_hash),
            "version": manifest.environment.harness,
            "url": "https://arxiv.org/abs/2306.04845",
        }),
        json!({
            "@id": "#run",
            "@type": "CreateAction",
            "name": manifest.command,
            "description": "Trained supernets and subnets from scratch, scored both, and drew the report.",
            "instrument": { "@id": "#mos-harness" },
            "agent": { "@id": "#agent" },
            "object": [{ "@id": "#corpus" }, { "@id": MANIFEST }],
            "result": [{ "@id": RECORDS }, { "@id": "report/index.html" }],
            "actionStatus": "http://schema.org/CompletedActionStatus",
        }),
        json!({
            "@id": "#agent", "@type": "Organization", "name": "whoever made the run",
        }),
        json!({
            "@id": "#corpus",
            "@type": "CreativeWork",
            "name": manifest.corpus().title,
            "identifier": manifest.corpus().hash,
            "license": { "@id": "#text-licence" },
            "citation": manifest.corpus().citation,
        }),
    ];
    graph.push(json!({
        "@id": "#text-licence", "@type": "CreativeWork", "name": text_licence,
        "description": "The licence of the corpus, as an SPDX expression.",
    }));
    graph.extend(files.iter().map(|(name, bytes)| {
        json!({
            "@id": path(name), "@type": "File", "name": name, "description": about(name), "encodingFormat": encoding(name),
            "contentSize": bytes.len().to_string(),
        })
    }));
    let document = json!({ "@context": format!("{CRATE}/context"), "@graph": graph });
    serde_json::to_string_pretty(&document).expect("a JSON value is written") + "\n"
}

/// Writes a path as a relative URI: what has a meaning there is escaped.
fn path(name: &str) -> String {
    let mut uri = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => uri.push(char::from(byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// Says what a file is, by where it stands.
fn about(name: &str) -> &'static str {
    match name.split('/').next().unwrap_or_default() {
        "report" => "A part of the report, drawn of the records",
        "jobs" => "What a job of the run is, or what it made",
        MANIFEST => "What the run is, and on what it was made",
        RECORDS => "Every measured value of the run",
        _ => "A file of the run",
    }
}

/// Gives the type of a file's contents by its name.
fn encoding(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "json" => "application/json",
        "toml" => "application/toml",
        "parquet" => "application/vnd.apache.parquet",
        "html" => "text/html",
        "csv" => "text/csv",
        "md" => "text/markdown",
        "tex" => "application/x-tex",
        "svg" => "image/svg+xml",
        "cff" => "application/yaml",
        _ => "text/plain",
    }
}

/// Says how to cite a run, in the Citation File Format.
pub fn citation(manifest: &RunManifest) -> String {
    let e = &manifest.environment;
    format!(
        "cff-version: 1.2.0\nmessage: Cite the run by its digest, and the methods and texts by their own papers.\ntype: dataset\n\
         title: {}\nversion: {}\nauthors:\n  - name: whoever made the run\nreferences:\n  - type: article\n    title: \
         Mixture-of-Supernets\n    authors:\n      - family-names: Jawahar\n        given-names: Ganesh\n    year: 2024\n    url: \
         https://arxiv.org/abs/2306.04845\n  - type: software\n    title: mos-harness\n    authors:\n      - name: the mos-harness \
         developers\n    version: {}\n",
        yaml(&format!("Run {} of mos-harness: {}", manifest.name, manifest.command)),
        yaml(&e.code_hash),
        yaml(&e.harness),
    )
}

/// Writes a text as a quoted scalar.
fn yaml(text: &str) -> String {
    serde_json::to_string(text).expect("a text is written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_escaped() {
        assert_eq!(path("jobs/1/hypotheses.größtes.test.txt"), "jobs/1/hypotheses.gr%C3%B6%C3%9Ftes.test.txt");
        assert_eq!(path("a b#c"), "a%20b%23c");
    }
}
