//! The first screen of a page: the run's questions, each with its answer, its numbers and where they come from.

use std::fmt::Write as _;
use std::ops::Range;

use super::escape::{html, one_line};
use super::plot::{Strip, padded, strip};

/// A question with its answer.
pub struct Answer {
    /// The question.
    pub question: &'static str,
    /// The answer in a few words.
    pub answer: String,
    /// What the numbers are, with their unit; empty where there are none.
    pub measure: String,
    /// The numbers, best first.
    pub lines: Vec<Line>,
    /// The anchor of the evidence.
    pub anchor: &'static str,
    /// What the evidence is called.
    pub evidence: &'static str,
}

/// A number of an answer.
pub struct Line {
    /// What it is of.
    pub name: String,
    /// The number as text.
    pub value: String,
    /// Its interval or another remark as text; may be empty.
    pub beside: String,
    /// Its plot.
    pub strip: Strip,
}

/// Writes the answers as a table, which a narrow page shows as a list. `prefix` stands before the names of anchors.
pub fn answers(out: &mut String, answers: &[Answer], prefix: &str) {
    if answers.is_empty() {
        return;
    }
    out.push_str("<table class=\"answers\">\n<thead><tr><th scope=\"col\">Question</th><th scope=\"col\">Answer</th>");
    out.push_str(
        "<th scope=\"col\">Numbers, 95% intervals in brackets</th><th scope=\"col\">Evidence</th></tr></thead>\n",
    );
    out.push_str("<tbody>\n");
    for answer in answers {
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"said\">{}</td><td class=\"lines\">",
            html(answer.question),
            html(&answer.answer)
        );
        lines(out, answer);
        let _ = writeln!(
            out,
            "</td><td class=\"evidence\"><a href=\"#{prefix}{}\">{}</a></td></tr>",
            answer.anchor,
            html(answer.evidence)
        );
    }
    out.push_str("</tbody>\n</table>\n");
}

fn lines(out: &mut String, answer: &Answer) {
    let Some(scale) = scale(&answer.lines) else { return };
    let _ = write!(out, "<div class=\"measure\">{}</div>", html(&answer.measure));
    for line in &answer.lines {
        let beside = match line.beside.as_str() {
            "" => String::new(),
            words => format!(" <span class=\"ci\">{}</span>", html(words)),
        };
        let _ = write!(
            out,
            "<div class=\"line\"><span class=\"name\">{}</span><span class=\"number\">{}{beside}</span>{}</div>",
            html(&line.name),
            html(&line.value),
            strip(&line.strip, &scale)
        );
    }
}

/// Finds the scale that the lines of one answer share.
fn scale(lines: &[Line]) -> Option<Range<f64>> {
    let ends = |strip: &Strip| {
        let (lo, hi) = strip.interval.unwrap_or((strip.value, strip.value));
        [strip.value, strip.zero, lo, hi]
    };
    padded(lines.iter().flat_map(|line| ends(&line.strip)))
}

/// Writes the answers as plain text of at most `width` letters a line.
pub fn plain(answers: &[Answer], width: usize) -> String {
    let mut out = String::new();
    for answer in answers {
        let measure = if answer.lines.is_empty() { String::new() } else { format!(" ({})", answer.measure) };
        let said = one_line(&format!("{} {}{measure}", answer.question, answer.answer));
        wrapped(&mut out, &said, width);
        let longest = |pick: fn(&Line) -> &str| answer.lines.iter().map(|l| pick(l).chars().count()).max().unwrap_or(0);
        let (name, value) = (longest(|line| &line.name), longest(|line| &line.value));
        for line in &answer.lines {
            let text = format!("  {:<name$}  {:>value$}  {}", line.name, line.value, line.beside);
            out.push_str(one_line(&text).trim_end());
            out.push('\n');
        }
    }
    out
}

/// Writes text over as many lines as it takes; all but the first are indented.
pub fn wrapped(out: &mut String, text: &str, width: usize) {
    let mut length = 0;
    for word in text.split_whitespace() {
        let letters = word.chars().count();
        if length > 0 && length + 1 + letters > width {
            out.push_str("\n  ");
            length = 2;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += letters;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        let strip =
            |value: f64| Strip { value, interval: Some((value - 1.0, value + 1.0)), zero: 0.0, colour: "#000000" };
        let line = |name: &str, value: f64| Line {
            name: name.to_owned(),
            value: format!("{value:.1}"),
            beside: "[<b>]".to_owned(),
            strip: strip(value),
        };
        Answer {
            question: "Is it so?",
            answer: "Nobody <knows> as long as there is but one training of it.".to_owned(),
            measure: "gap, nats/token".to_owned(),
            lines: vec![line("a", 1.0), line("longer", -10.5)],
            anchor: "result",
            evidence: "Result",
        }
    }

    #[test]
    fn a_page_shows_question_answer_numbers_and_evidence() {
        let mut page = String::new();
        answers(&mut page, &[answer()], "");
        for part in [
            "Is it so?",
            "Nobody &lt;knows&gt;",
            "[&lt;b&gt;]",
            "href=\"#result\"",
            "<svg class=\"strip\"",
            "gap, nats",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(page.matches("<circle").count(), 2);
    }

    #[test]
    fn a_terminal_gets_narrow_lines_with_numbers_in_columns() {
        let text = plain(&[answer()], 40);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Is it so? Nobody <knows> as long as");
        assert_eq!(lines[1], "  there is but one training of it. (gap,");
        assert_eq!(lines[2], "  nats/token)");
        assert_eq!(lines[3..], ["  a         1.0  [<b>]", "  longer  -10.5  [<b>]"]);
    }

    #[test]
    fn an_answer_without_numbers_is_its_words() {
        let mut page = String::new();
        answers(&mut page, &[Answer { lines: vec![], ..answer() }], "");
        assert!(page.contains("Nobody") && !page.contains("<svg") && !page.contains("gap, nats"), "{page}");
    }
}
