//! Text from files is escaped here for each output language. Everything that reaches a page, table or plot passes
//! through this module.

/// Escapes text for HTML and SVG, in element content and in quoted attributes.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_forbidden(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Escapes text for one cell of a Markdown table, or one paragraph, so that it makes no markup and no line break.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

/// Escapes text for LaTeX's text mode, with the few non-ASCII signs of our own headers as commands.
pub fn latex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '"' => out.push_str("\\textquotedbl{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            'τ' => out.push_str("$\\tau$"),
            'ρ' => out.push_str("$\\rho$"),
            '×' => out.push_str("$\\times$"),
            '−' => out.push_str("$-$"),
            '·' => out.push_str("$\\cdot$"),
            '–' => out.push_str("--"),
            '…' => out.push_str("\\ldots{}"),
            c => out.push(c),
        }
    }
    out
}

/// Escapes one field of a CSV file (RFC 4180), which is quoted where it must be.
pub fn csv(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Drops line breaks and control characters from text for comments, plot labels and the terminal.
pub fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_forbidden(c) { ' ' } else { c }).collect()
}

/// Tells the characters that XML 1.0 does not allow, and the ones that turn the reading direction.
fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "a<script>\"x\"&'|_\\%\n\u{202e}b\u{1}";

    #[test]
    fn html_keeps_no_markup_and_no_control() {
        let escaped = html(NASTY);
        assert_eq!(escaped, "a&lt;script&gt;&quot;x&quot;&amp;&#39;|_\\%\n\u{fffd}b\u{fffd}");
    }

    #[test]
    fn markdown_stays_in_its_cell() {
        let escaped = markdown(NASTY);
        assert!(!escaped.contains('\n') && !escaped.contains("<s"), "{escaped}");
        assert!(escaped.contains("\\|") && escaped.contains("\\_"), "{escaped}");
    }

    #[test]
    fn latex_escapes_every_special() {
        assert_eq!(latex("50% of a_b & {#}"), "50\\% of a\\_b \\& \\{\\#\\}");
        assert_eq!(latex("\\x^~"), "\\textbackslash{}x\\textasciicircum{}\\textasciitilde{}");
        assert!(!latex(NASTY).contains('\n'));
    }

    #[test]
    fn csv_quotes_only_where_needed() {
        assert_eq!(csv("plain-1"), "plain-1");
        assert_eq!(csv("a,\"b\"\nc"), "\"a,\"\"b\"\"\nc\"");
    }
}
