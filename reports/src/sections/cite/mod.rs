//! This section says how to cite what the run is made of.

use super::report::Report;
use crate::page::block::{Block, Citation, Section};

/// Puts the section together.
pub fn section(report: &Report) -> Section {
    let m = &report.run.manifest;
    let entries = vec![
        Citation {
            subject: "Mixture-of-Supernets",
            text: "Ganesh Jawahar et al.: Mixture-of-Supernets: Improving Weight-Sharing Supernet Training with \
                   Architecture-Routed Mixture-of-Experts. Findings of the ACL 2024, arXiv 2306.04845."
                .to_owned(),
            link: Some("https://arxiv.org/abs/2306.04845"),
        },
        Citation {
            subject: "HAT: search spaces and single-path training",
            text: "Hanrui Wang et al.: HAT: Hardware-Aware Transformers for Efficient Natural Language Processing. \
                   ACL 2020, arXiv 2005.14187."
                .to_owned(),
            link: Some("https://arxiv.org/abs/2005.14187"),
        },
        Citation { subject: "Corpus", text: m.corpus().citation.clone(), link: None },
        Citation {
            subject: "This software",
            text: format!(
                "mos-harness {}, sources {}, run {} of {}; command: {}.",
                m.environment.harness, m.environment.code_hash, m.name, m.created_utc, m.command
            ),
            link: None,
        },
    ];
    Section { id: "cite", title: "How to cite", blocks: vec![Block::Citations(entries)] }
}
