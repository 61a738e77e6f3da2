//! Checks whether an architecture lies in a search space.

use crate::arch::Arch;
use crate::bert;
use crate::error::SpaceError;
use crate::field::{Choices, Ends, Scope};
use crate::space::{Constants, SearchSpace};

impl SearchSpace {
    /// Refuses an architecture outside the space, naming the field and what is allowed. A value that the paper fixes
    /// for the largest and the smallest subnet is allowed even where the space does not list it.
    ///
    /// # Errors
    /// Returns the first field that does not fit.
    pub fn check(&self, arch: &Arch) -> Result<(), SpaceError> {
        for i in self.family.by_scope() {
            self.check_choices(arch, i)?;
        }
        for (i, field) in self.family.fields.iter().enumerate().filter(|(_, f)| f.scope == Scope::Layer) {
            self.check_length(arch, i, arch.value(self.family.depth_of(field.stack)))?;
        }
        match &self.constants {
            Constants::Hat(_) => Ok(()),
            Constants::Bert(constants) => bert::validate::check(self, constants, arch),
        }
    }

    fn check_choices(&self, arch: &Arch, i: usize) -> Result<(), SpaceError> {
        let field = &self.family.fields[i];
        let value = |&choice: &i64| field.choices.value(choice, |whole| arch.value(whole));
        let choices: Vec<i64> = self.choices[i].iter().map(value).collect();
        let is_end = |v: i64| match field.ends {
            Ends::Choices => false,
            Ends::These { largest, smallest } => v == largest || v == smallest,
        };
        let allowed = |v: &i64| choices.contains(v) || is_end(*v);
        let Some(wrong) = arch.values(i).iter().find(|v| !allowed(v)) else { return Ok(()) };
        // A reader knows a number of layers that no key holds by the lists that are so long.
        if field.implied {
            return self.family.layered(field.stack).try_for_each(|list| self.check_length(arch, list, choices[0]));
        }
        let allowed = match field.choices {
            Choices::Sizes | Choices::Codes(_) => format!("{choices:?}"),
            Choices::Tenths(whole) => {
                let (key, whole) = (self.family.fields[whole].key, arch.value(whole));
                format!("{choices:?} ({:?} tenths of `{key}` {whole})", self.choices[i])
            }
        };
        Err(self.outside(field.key, wrong.to_string(), allowed))
    }

    fn check_length(&self, arch: &Arch, i: usize, want: i64) -> Result<(), SpaceError> {
        let have = arch.values(i).len();
        if have as i64 == want {
            return Ok(());
        }
        let allowed = format!("one entry a layer, {want}");
        Err(self.outside(self.family.fields[i].key, format!("a list of {have}"), allowed))
    }

    /// Says that a field's value lies outside the space.
    pub(crate) fn outside(&self, field: &str, value: String, allowed: String) -> SpaceError {
        SpaceError::Outside { space: self.name.clone(), field: field.to_string(), value, allowed }
    }
}
