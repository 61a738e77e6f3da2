//! Text files come from spreadsheets, editors and version control, and not all of them hold UTF-8. What a file holds
//! instead is named here, with the way out.

/// The first line of a file that Git LFS left in the place of the real one.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Says what is wrong with a file that is only a pointer of Git LFS.
pub fn lfs_pointer(bytes: &[u8]) -> Option<&'static str> {
    bytes
        .starts_with(LFS_POINTER)
        .then_some("it is a pointer of Git LFS, not the file itself; get it with `git lfs pull`")
}

/// Gives the text of a UTF-8 file, without the byte-order mark that some editors put before it.
///
/// # Errors
/// The error says which encoding the file seems to have, or in which line it is no text, and what to do. The file is not
/// named.
pub fn decode(bytes: &[u8]) -> Result<&str, String> {
    if let Some(pointer) = lfs_pointer(bytes) {
        return Err(pointer.to_string());
    }
    if let Some(encoding) = wide_encoding(bytes) {
        return Err(format!("it is {encoding} text, not UTF-8; {}", way_out(encoding)));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let line = 1 + bytes[..at].iter().filter(|&&byte| byte == b'\n').count();
        // Bytes below 0xA0 are letters and quotes in Windows-1252 and nothing at all in Latin-1.
        let encoding = if bytes.iter().any(|byte| (0x80..0xa0).contains(byte)) { "WINDOWS-1252" } else { "LATIN1" };
        format!(
            "line {line} is not UTF-8 (byte 0x{:02X}); convert the file to UTF-8, for text of western Europe with \
             `iconv -f {encoding} -t UTF-8`",
            bytes[at]
        )
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Names the encoding of text whose characters have two or four bytes each, by its byte-order mark or by its zeros.
fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => return Some("UTF-32LE"),
        [0, 0, 0xfe, 0xff, ..] => return Some("UTF-32BE"),
        [0xff, 0xfe, ..] => return Some("UTF-16LE"),
        [0xfe, 0xff, ..] => return Some("UTF-16BE"),
        _ => {}
    }
    // In western text without a mark, every second byte is a zero.
    let start = &bytes[..bytes.len().min(256)];
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    let many = |count: usize| count > 1 && count * 3 > start.len();
    if many(zeros(1)) {
        Some("UTF-16LE")
    } else if many(zeros(0)) {
        Some("UTF-16BE")
    } else {
        None
    }
}

fn way_out(encoding: &str) -> String {
    // With a mark, iconv finds the order of the bytes by itself and drops the mark.
    let from = encoding.trim_end_matches("LE").trim_end_matches("BE");
    format!("convert it with `iconv -f {from} -t UTF-8`, or save it again as UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, mark: bool, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        mark.into_iter().chain(text.encode_utf16()).flat_map(order).collect()
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        assert_eq!(decode("\u{feff}größe".as_bytes()).unwrap(), "größe");
        assert_eq!(decode(b"").unwrap(), "");
    }

    #[test]
    fn an_encoding_is_named_with_the_way_out() {
        for mark in [true, false] {
            let little = decode(&utf16("scratch,hat\n1,2\n", mark, u16::to_le_bytes)).unwrap_err();
            assert!(little.contains("UTF-16LE text") && little.contains("iconv -f UTF-16 "), "{little}");
            let big = decode(&utf16("scratch,hat\n1,2\n", mark, u16::to_be_bytes)).unwrap_err();
            assert!(big.contains("UTF-16BE text"), "{big}");
        }
        let latin = decode(b"a,b\n1,gr\xf6\xdfe\n").unwrap_err();
        assert!(latin.contains("line 2 is not UTF-8 (byte 0xF6)") && latin.contains("-f LATIN1 "), "{latin}");
        assert!(decode(b"\x93quoted\x94").unwrap_err().contains("-f WINDOWS-1252 "));
    }

    #[test]
    fn a_pointer_is_not_the_file() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n";
        assert!(decode(pointer).unwrap_err().contains("git lfs pull"));
    }
}
