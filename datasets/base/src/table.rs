//! Reads text tables: a header line, then one line for each row, with cells separated by commas (RFC 4180).
//!
//! Spreadsheets and editors add blank lines, which hold no row; they are passed over wherever they stand. A file whose
//! cells are separated otherwise, whose bytes are no UTF-8 or whose quotes don't close is refused by that name, since the
//! reader behind it would take each of them for a table of other cells.

use csv::{ReaderBuilder, StringRecord};

use crate::plain_text::decode;

/// What separates cells in files that are taken for comma-separated ones, and how it is called.
const OTHER_DELIMITERS: [(u8, &str); 3] = [(b';', "semicolons (`;`)"), (b'\t', "tabs"), (b'|', "bars (`|`)")];

/// A table of text cells.
#[derive(Debug)]
pub struct TextTable {
    /// The names of the columns, without the blanks around them.
    pub header: Vec<String>,
    /// The rows that are not blank. A row may have fewer cells than the header, never more.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug)]
pub struct Row {
    /// The line that the row starts on, counted from 1.
    pub line: usize,
    /// The cells as they stand in the file.
    pub cells: StringRecord,
}

impl TextTable {
    /// Reads a table.
    ///
    /// # Errors
    /// The error says what is wrong, on which line as far as there is one, and what to do; the file is not named.
    pub fn parse(bytes: &[u8]) -> Result<TextTable, String> {
        let text = decode(bytes)?;
        check_quotes(text)?;
        let mut records = records(text, b',')?.into_iter();
        let Some(first) = records.next() else {
            return Err("the file is empty; it needs a header line and a row below it".to_string());
        };
        check_delimiter(text, first.cells.len())?;
        let header: Vec<String> = first.cells.iter().map(|name| name.trim().to_string()).collect();
        let rows: Vec<Row> = records.collect();
        if let Some(row) = rows.iter().find(|row| row.cells.len() > header.len()) {
            return Err(format!(
                "line {} has {} cells, more than the header's {}; quote a cell that holds a comma, and write decimals \
                 with a point",
                row.line,
                row.cells.len(),
                header.len()
            ));
        }
        if rows.is_empty() {
            return Err("the table has a header but no rows".to_string());
        }
        Ok(TextTable { header, rows })
    }

    /// Finds a column by its name; `None` where there is none.
    ///
    /// # Errors
    /// A name that stands twice is an error: nothing tells which of the columns is meant.
    pub fn column(&self, name: &str) -> Result<Option<usize>, String> {
        let places: Vec<usize> = (0..self.header.len()).filter(|&i| self.header[i] == name.trim()).collect();
        match places[..] {
            [] => Ok(None),
            [place] => Ok(Some(place)),
            [first, second, ..] => Err(format!(
                "column `{name}` stands twice in the header (columns {} and {}); rename or remove one of them",
                first + 1,
                second + 1
            )),
        }
    }
}

/// Splits a text into its records that are not blank, with the line that each starts on.
fn records(text: &str, delimiter: u8) -> Result<Vec<Row>, String> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let (mut at, mut line) = (0, 1);
    let mut rows = Vec::new();
    for record in reader.records() {
        let cells = record.map_err(|error| error.to_string())?;
        let start = cells.position().map_or(0, |position| position.byte() as usize);
        // The reader's position is that before the empty lines which it passes over.
        let empty = text[start..].find(|c| c != '\r' && c != '\n').unwrap_or(0);
        line += text[at..start + empty].matches('\n').count();
        at = start + empty;
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push(Row { line, cells });
        }
    }
    Ok(rows)
}

/// Refuses a file whose header has more cells when they are separated by something else than commas.
fn check_delimiter(text: &str, by_commas: usize) -> Result<(), String> {
    for (delimiter, name) in OTHER_DELIMITERS {
        let cells = records(text, delimiter)?.first().map_or(0, |header| header.cells.len());
        if cells > by_commas {
            return Err(format!(
                "its cells are separated by {name}, not by commas; save it again as comma-separated text (CSV), with \
                 decimal points"
            ));
        }
    }
    Ok(())
}

/// Refuses quotes that don't close, and text behind a closing quote: the reader would take all up to the next quote for
/// one cell, and lose the rows in between.
fn check_quotes(text: &str) -> Result<(), String> {
    let (mut line, mut opened) = (1, 0);
    let mut quoted = false;
    let mut cell_starts = true;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        line += usize::from(letter == '\n');
        if quoted && letter == '"' && letters.next_if_eq(&'"').is_none() {
            quoted = false;
            if letters.peek().is_some_and(|next| !matches!(next, ',' | ';' | '\t' | '|' | '\r' | '\n')) {
                return Err(format!(
                    "the quote that opens on line {opened} closes on line {line} in the middle of a cell; write a \
                     quote inside a quoted cell twice (`\"\"`)"
                ));
            }
        } else if !quoted && letter == '"' && cell_starts {
            (quoted, opened) = (true, line);
        }
        cell_starts = !quoted && matches!(letter, ',' | ';' | '\t' | '|' | '\n');
    }
    if quoted {
        Err(format!("the quote that opens on line {opened} never closes; add the closing `\"`"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let reason = TextTable::parse(text.as_bytes()).unwrap_err();
        assert!(!reason.contains('\n'), "{reason}");
        reason
    }

    #[test]
    fn blank_lines_hold_no_row_and_lines_are_counted() {
        for end in ["\n", "\r\n"] {
            let text = ["", " ", "a,b", "1,2", "", "3,4", ",", "5,\"6", "7\"", "", "8,9", "", " , "].join(end);
            let table = TextTable::parse(text.as_bytes()).unwrap();
            assert_eq!(table.header, ["a", "b"]);
            let rows: Vec<(usize, &str)> = table.rows.iter().map(|row| (row.line, &row.cells[0])).collect();
            assert_eq!(rows, [(4, "1"), (6, "3"), (8, "5"), (11, "8")], "{end:?}");
        }
    }

    #[test]
    fn a_column_that_stands_twice_is_nobodys() {
        let table = TextTable::parse(b"a, b ,a\n1,2,3\n").unwrap();
        assert_eq!(table.column("b").unwrap(), Some(1));
        assert_eq!(table.column("c").unwrap(), None);
        assert!(table.column("a").unwrap_err().contains("`a` stands twice in the header (columns 1 and 3)"));
    }

    #[test]
    fn another_delimiter_is_named() {
        assert!(refusal("a;b\n1,5;2\n").contains("separated by semicolons"));
        assert!(refusal("a\tb, c\td\n1\t2\t3\n").contains("separated by tabs"));
        assert!(refusal("\u{feff}a|b\n1|2\n").contains("separated by bars"));
        assert!(refusal("sep=;\na;b\n1;2\n").contains("semicolons"));
        assert_eq!(TextTable::parse(b"\"a;b;c\",d\n1,2\n").unwrap().header, ["a;b;c", "d"]);
    }

    #[test]
    fn quotes_that_do_not_close_are_named_with_their_line() {
        assert!(refusal("a,b\n1,2\n3,\"4\n5,6\n").contains("opens on line 3 never closes"));
        assert!(refusal("a,b\n\"x,1\ny,2\n\"z,3\n").contains("opens on line 2 closes on line 4 in the middle"));
        let table = TextTable::parse(b"a,b\n\"x \"\"y\"\" z\",5\"\n").unwrap();
        assert_eq!(table.rows[0].cells.iter().collect::<Vec<_>>(), ["x \"y\" z", "5\""]);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for empty in ["", "\n\n", " \n,,\n", "\u{feff}"] {
            assert!(refusal(empty).contains("the file is empty"), "{empty:?}");
        }
        assert!(refusal("a,b\n\n").contains("no rows"));
        assert!(refusal("a,b\n\n1,2,3\n").contains("line 3 has 3 cells, more than the header's 2"));
        let wide: Vec<u8> = "a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(TextTable::parse(&wide).unwrap_err().contains("UTF-16LE"));
    }
}
