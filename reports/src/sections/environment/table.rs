//! This table shows machine and software.

use mos_plan::Metric;
use mos_plan::gpu::Gpus;

use crate::page::format::fixed;
use crate::page::table::{Cell, Column, Table};
use crate::sections::report::Report;

/// Makes the table of the machine, the software and the plan.
pub fn table(report: &Report) -> Table {
    let m = &report.run.manifest;
    let e = &m.environment;
    let mut table =
        Table::new("environment", "Environment and plan", vec![Column::text("What"), Column::text("Value")]);
    let matmul = Metric::MatmulGflops.facts();
    let rate = report.run.facts.data(Metric::MatmulGflops, None);
    let rate = rate.map_or("not available".into(), |r| format!("{} {}", fixed(r, matmul.decimals), matmul.unit));
    let rows = [
        ("Run", m.name.clone()),
        ("Planned (UTC)", m.created_utc.clone()),
        ("Command", m.command.clone()),
        ("Profile, track", format!("{}, {}", m.profile, m.track)),
        ("Search space", m.space.clone()),
        ("Seeds", m.seeds.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
        ("System", e.os.clone()),
        ("CPU", format!("{}, {} logical cores, libtorch uses {}", e.cpu, e.cores, e.cpu_capability)),
        ("Device", e.gpus.as_ref().map_or_else(|| e.device.clone(), gpus)),
        ("Workers", format!("{} with {} thread(s) each", e.workers, e.threads_per_job)),
        ("Rate of matrix products", rate),
        ("libtorch", e.libtorch.clone()),
        ("Harness", format!("{}, sources {}", e.harness, e.code_hash)),
        ("Prepared data", m.corpus().hash.clone()),
    ];
    for (what, value) in rows {
        table.push(vec![Cell::text(what), Cell::Text(value)]);
    }
    if let Some(spread) = report.run.facts.data(Metric::RepeatSpread, None) {
        let facts = Metric::RepeatSpread.facts();
        let value = format!("{} {} apart in validation loss", fixed(spread, facts.decimals), facts.unit);
        table.push(vec![Cell::text("One short training, twice"), Cell::Text(value)]);
    }
    table
}

fn gpus(gpus: &Gpus) -> String {
    format!("{} x {}, driver {}", gpus.devices.len(), gpus.model, gpus.driver)
}
