//! The limit on memory and tables, over all of a component's parts together.

use wasmtime::ResourceLimiter;

use crate::host::Limits;

/// Parts that a component may be made of; what JavaScript's toolchain makes has about ten.
const PARTS: usize = 64;

/// Counts what an instance has.
pub(crate) struct Meter {
    memory: usize,
    memory_limit: usize,
    elements: usize,
    element_limit: usize,
    /// Whether memory was refused: a trap that follows comes of that.
    pub(crate) refused: bool,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory: 0,
            memory_limit: limits.memory_bytes,
            elements: 0,
            element_limit: limits.table_elements,
            refused: false,
        }
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let after = self.memory.saturating_add(desired.saturating_sub(current));
        let fits = after <= self.memory_limit;
        if fits {
            self.memory = after;
        } else {
            self.refused = true;
        }
        Ok(fits)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let after = self.elements.saturating_add(desired.saturating_sub(current));
        let fits = after <= self.element_limit;
        if fits {
            self.elements = after;
        } else {
            self.refused = true;
        }
        Ok(fits)
    }

    fn instances(&self) -> usize {
        PARTS
    }

    fn tables(&self) -> usize {
        PARTS
    }

    fn memories(&self) -> usize {
        PARTS
    }
}
