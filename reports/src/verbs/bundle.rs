//! `bundle` packs a run.

use std::path::PathBuf;

use anyhow::Result;
use mos_reports::bundle::{Texts, pack};
use mos_reports::find_run;

use super::json::json;
use super::root;
use crate::cli::BundleArgs;

/// Packs the run and says what to print.
pub fn bundle(args: &BundleArgs) -> Result<String> {
    let runs = root().join("runs");
    let folder = find_run(Some(&args.run), &runs)?;
    let name = folder.canonicalize()?.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.zip")));
    let texts = match (args.no_text, args.with_text) {
        (true, _) => Texts::None,
        (_, true) => Texts::All,
        _ => Texts::AsLicensed,
    };
    let packed = pack(&folder, &out, texts)?;
    if args.json {
        return json(&serde_json::json!({
            "bundle": packed.path, "sha256": packed.digest, "plan_sha256": packed.plan_digest, "files": packed.files,
            "left_out": packed.left_out, "texts_left_out_for_licence": packed.unfree,
        }));
    }
    let unfree = packed.unfree.map(|licence| {
        format!(
            "texts left out: their licence, {licence}, is not known to let them be handed on (--with-text packs them)\n"
        )
    });
    let plan = packed.plan_digest.map(|digest| format!("plan    {digest}\n")).unwrap_or_default();
    Ok(format!(
        "{}: {} files, {} outputs left out\n{}bundle  {}\n{plan}Next: cargo xtask audit {} --expect-digest {}\n",
        packed.path.display(),
        packed.files,
        packed.left_out,
        unfree.unwrap_or_default(),
        packed.digest,
        packed.path.display(),
        packed.digest
    ))
}
