//! What a check found of what it expected.

use serde::Serialize;

/// How far a number was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It was computed again from what it is made of.
    Recomputed,
    /// It agrees with other numbers that it has to agree with.
    Consistent,
    /// Nothing of the run says whether it is right.
    Trusted,
}

impl Mark {
    /// Says it in words.
    pub fn words(self) -> &'static str {
        match self {
            Mark::Recomputed => "recomputed",
            Mark::Consistent => "consistent",
            Mark::Trusted => "taken on trust",
        }
    }
}

/// Something that a check found wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// What is wrong.
    pub says: String,
    /// The file in which it stands, relative to the run.
    pub file: String,
    /// The row of that file, counted from 0, where it has rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What was counted.
    pub what: &'static str,
    /// How many of them there have to be.
    pub expected: usize,
    /// How many there are and are right.
    pub found: usize,
    /// How far they were checked.
    pub mark: Mark,
    /// What is wrong.
    pub remarks: Vec<Remark>,
    /// Why the check could not be made, or not for all, where it could not. That is never a pass.
    pub cannot_tell: Option<String>,
    /// What a reader has to know besides, which is nobody's fault.
    pub notes: Vec<String>,
}

impl Checked {
    /// Begins a check that counts these things.
    pub fn of(what: &'static str, mark: Mark) -> Checked {
        Checked { what, expected: 0, found: 0, mark, remarks: vec![], cannot_tell: None, notes: vec![] }
    }

    /// Says that the check can't be made.
    pub fn cannot_tell(what: &'static str, reason: impl Into<String>) -> Checked {
        Checked { cannot_tell: Some(reason.into()), ..Checked::of(what, Mark::Trusted) }
    }

    /// Counts one thing, which is right where there is no remark.
    pub fn count(&mut self, remark: Option<Remark>) {
        self.expected += 1;
        match remark {
            None => self.found += 1,
            Some(remark) => self.remarks.push(remark),
        }
    }

    /// Counts one thing, which is right where `is_right` says so.
    pub fn check(&mut self, is_right: bool, file: &str, row: Option<usize>, says: impl FnOnce() -> String) {
        let remark = (!is_right).then(|| Remark { says: says(), file: file.to_owned(), row });
        self.count(remark);
    }

    /// Takes the files that a bundle leaves out. They are left out together, and then the check can't be made; where some are
    /// `here`, the others are missing.
    pub fn leave_out(&mut self, files: Vec<String>, here: bool) {
        if !here && !files.is_empty() {
            self.cannot_tell = Some("the bundle was made without texts".to_owned());
            return;
        }
        for file in files {
            self.check(false, &file, None, || "it was left out, and others were not".to_owned());
        }
    }

    /// Notes something wrong that is none of the things that are counted.
    pub fn also(&mut self, file: &str, row: Option<usize>, says: impl Into<String>) {
        self.remarks.push(Remark { says: says.into(), file: file.to_owned(), row });
    }
}
