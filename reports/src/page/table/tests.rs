use super::*;
use crate::stats::Estimate;

fn estimate(value: Option<f64>, interval: Option<(f64, f64)>) -> Estimate {
    Estimate { value, lo: interval.map(|(lo, _)| lo), hi: interval.map(|(_, hi)| hi) }
}

fn sample() -> Table {
    let columns = vec![
        Column::text("Method"),
        Column::estimate("MAE", "nats/token"),
        Column::number("Rate", ""),
        Column::text("Remark"),
    ];
    let mut table = Table::new("sample", "Test input & more", columns);
    let gap = Cell::estimate(&estimate(Some(0.12345), Some((-0.1, 0.2))), 3);
    table.push(vec![Cell::text("a,<b>"), gap, Cell::number(Some(1.5), 1), Cell::text("x|y")]);
    table.push_method("c\"d", vec![Cell::Missing, Cell::number(None, 1), Cell::Missing]);
    table
}

#[test]
fn csv_is_read_back_by_a_csv_reader() {
    let csv = sample().csv();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names: Vec<&str> = reader.headers().unwrap().iter().collect();
    assert_eq!(names, ["Method", "MAE (nats/token)", "MAE (nats/token) lo", "MAE (nats/token) hi", "Rate", "Remark"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!((&rows[0][0], &rows[1][0]), ("a,<b>", "c\"d"));
    assert_eq!((rows[0][1].parse(), rows[0][2].parse()), (Ok(0.12345), Ok(-0.1)));
    assert_eq!(&rows[1][1], "");
}

#[test]
fn html_is_escaped_and_marks_missing_cells() {
    let mut sample = sample();
    sample.push_method("e", vec![Cell::Missing, Cell::number(Some(1.5), 1), Cell::Missing]);
    sample.name_jobs(|method| (1..=6).map(|i| format!("{method}-<{i}>")).collect());
    let html = sample.html("bert-");
    assert!(html.contains("a,&lt;b&gt;") && !html.contains("<b>"), "{html}");
    assert!(html.contains("0.123 <span class=\"ci\">[-0.100, 0.200]</span>"), "{html}");
    assert!(html.contains("<td class=\"n na\">n/a</td>"), "{html}");
    assert!(html.contains("<a href=\"#bert-jobs-c&quot;d\">c&quot;d</a>"), "{html}");
    assert!(html.contains("title=\"1.5; jobs e-&lt;1&gt; e-&lt;2&gt; e-&lt;3&gt; e-&lt;4&gt; and 2 more\""), "{html}");
    assert!(html.contains("MAE <span class=\"unit\">(nats/token)</span>"), "{html}");
}

#[test]
fn a_methods_jobs_are_linked_to_once() {
    let mut table = Table::new(JOBS, "", vec![Column::text("Method"), Column::number("Seed", "")]);
    for seed in 1..=2 {
        table.push_method("hat", vec![Cell::Integer(seed)]);
    }
    let html = table.html("");
    assert_eq!(html.matches("<tr id=\"jobs-hat\">").count(), 1, "{html}");
    assert!(!html.contains("<a "), "{html}");
}

#[test]
fn markdown_and_latex_have_one_line_a_row_and_name_the_command() {
    let markdown = sample().markdown("cargo xtask reproduce");
    assert_eq!(markdown.lines().filter(|l| l.starts_with('|')).count(), 4);
    assert!(markdown.contains("x\\|y") && markdown.contains("cargo xtask reproduce"), "{markdown}");
    let latex = sample().latex("cargo xtask reproduce\nrm");
    assert_eq!(latex.lines().filter(|l| l.ends_with("\\\\")).count(), 3);
    assert!(latex.starts_with("% Made by cargo xtask reproduce rm\n"), "{latex}");
    assert!(latex.contains("Test input \\& more"), "{latex}");
}

#[test]
fn a_non_finite_number_is_missing() {
    assert_eq!(Cell::number(Some(f64::NAN), 2), Cell::Missing);
    assert_eq!(Cell::estimate(&estimate(Some(f64::INFINITY), None), 2), Cell::Missing);
    let cell = Cell::estimate(&estimate(Some(1.0), Some((f64::NAN, 1.0))), 1);
    assert_eq!(cell.plain(), "1.0");
}

#[test]
fn empty_columns_are_dropped() {
    let mut table = sample();
    table.rows.remove(0);
    let table = table.without_empty_columns();
    assert_eq!(table.columns.len(), 1);
    assert_eq!(table.rows[0].cells.len(), 1);
}
