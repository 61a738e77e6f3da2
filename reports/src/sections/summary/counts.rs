//! Every headline says of how many of the planned values it is.

/// How many values numbers rest on, of how many that were planned.
pub struct Counts {
    said: Vec<String>,
}

impl Counts {
    /// Takes, for each number, how many values were found and how many were planned.
    pub fn new(values: impl Iterator<Item = (usize, usize)>) -> Counts {
        Counts { said: values.map(|(found, planned)| format!("{found} of {planned}")).collect() }
    }

    /// Says it once, for the end of a list, where it is the same for all numbers; else it is empty.
    pub fn of_all(&self) -> String {
        match self.alike() {
            Some(said) => format!(", {said} values"),
            None => String::new(),
        }
    }

    /// Says it of one number; empty where it is said of all.
    pub fn of(&self, number: usize) -> &str {
        if self.alike().is_some() { "" } else { &self.said[number] }
    }

    fn alike(&self) -> Option<&String> {
        self.said.first().filter(|first| self.said.iter().all(|said| said == *first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_where_all_numbers_rest_on_as_many() {
        let counts = Counts::new([(18, 18), (18, 18)].into_iter());
        assert_eq!((counts.of_all().as_str(), counts.of(0), counts.of(1)), (", 18 of 18 values", "", ""));
        let counts = Counts::new([(17, 18), (18, 18)].into_iter());
        assert_eq!((counts.of_all().as_str(), counts.of(0), counts.of(1)), ("", "17 of 18", "18 of 18"));
        assert_eq!(Counts::new(std::iter::empty()).of_all(), "");
    }
}
