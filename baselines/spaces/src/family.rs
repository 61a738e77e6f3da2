//! Defines a family of search spaces: those whose architectures have the same fields.

use std::hash::{Hash, Hasher};

use crate::field::{Field, Scope};

/// The fields that the architectures of some search spaces share. Each family is one `static` value.
#[derive(Debug)]
pub struct Family {
    /// Its name in the TOML of a space, and in the key `family` of a configuration.
    pub name: &'static str,
    /// Whether a configuration is written with the family's name. One without a name is of HAT's family, whose files
    /// have none.
    pub named: bool,
    /// Whether its networks have a decoder, whose latency is measured apart.
    pub decodes: bool,
    /// Short names of its stacks of layers, in the order of computation.
    pub stacks: &'static [&'static str],
    /// Its fields, stack by stack. Genes, features and the summary follow this order.
    pub fields: &'static [Field],
}

impl Family {
    /// Goes through the positions of the fields: those of whole nets first, then depths, then what is chosen layer by
    /// layer. In this order the published code draws, and a configuration is written.
    pub fn by_scope(&self) -> impl Iterator<Item = usize> + '_ {
        let of = move |scope: Scope| (0..self.fields.len()).filter(move |&i| self.fields[i].scope == scope);
        [Scope::Net, Scope::Depth, Scope::Layer].into_iter().flat_map(of)
    }

    /// Returns the position of the field that holds the number of layers of a stack.
    ///
    /// # Panics
    /// Panics if the family's table has none, which is a bug of the table.
    pub fn depth_of(&self, stack: usize) -> usize {
        let is_depth = |field: &Field| field.stack == stack && field.scope == Scope::Depth;
        self.fields.iter().position(is_depth).expect("every stack declares its depth")
    }

    /// Goes through the positions of the per-layer fields of a stack.
    pub fn layered(&self, stack: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.fields.len()).filter(move |&i| self.fields[i].stack == stack && self.fields[i].scope == Scope::Layer)
    }
}

impl PartialEq for Family {
    fn eq(&self, other: &Family) -> bool {
        self.name == other.name
    }
}

impl Eq for Family {}

impl Hash for Family {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
