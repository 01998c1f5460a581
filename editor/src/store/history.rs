//! What was done, to be undone and done again.

use model::diff::Diff;
use model::text::Text;

/// One thing that the user did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it was, in words.
    pub what: Text,
    /// What it changed.
    pub diff: Diff,
    /// What is going on, such as typing in one field: the next step with the same tag belongs to this one.
    tag: Option<String>,
}

/// Steps that were done, and after those the ones that were undone.
#[derive(Clone, Debug, Default)]
pub struct History {
    steps: Vec<Step>,
    /// How many of them are done.
    done: usize,
}

/// Older steps are forgotten.
const MOST_STEPS: usize = 10_000;

impl Step {
    /// A step that nothing goes on with.
    pub fn new(what: Text, diff: Diff) -> Self {
        Self { what, diff, tag: None }
    }
}

impl History {
    /// A step was done; what was undone before can no longer be done again.
    pub fn push(&mut self, what: Text, diff: Diff, tag: Option<&str>) {
        self.steps.truncate(self.done);
        match self.steps.last_mut() {
            Some(last) if tag.is_some() && last.tag.as_deref() == tag => {
                last.diff = std::mem::take(&mut last.diff).then(diff);
                // Typed and taken back: nothing was done.
                if last.diff.is_empty() {
                    self.steps.pop();
                }
            }
            _ => self.steps.push(Step { what, diff, tag: tag.map(str::to_owned) }),
        }
        if self.steps.len() > MOST_STEPS {
            self.steps.remove(0);
        }
        self.done = self.steps.len();
    }

    /// What goes on has ended: the next step is one of its own.
    pub fn settle(&mut self) {
        if let Some(last) = self.steps.last_mut() {
            last.tag = None;
        }
    }

    /// The step that would be undone.
    pub fn to_undo(&self) -> Option<&Step> {
        self.steps.get(self.done.checked_sub(1)?)
    }

    /// The step that would be done again.
    pub fn to_redo(&self) -> Option<&Step> {
        self.steps.get(self.done)
    }

    /// The last step was undone.
    pub fn undone(&mut self) {
        self.done = self.done.saturating_sub(1);
        self.settle();
    }

    /// The next step was done again.
    pub fn redone(&mut self) {
        self.done = (self.done + 1).min(self.steps.len());
        self.settle();
    }

    /// The steps, oldest first, and how many of them are done.
    pub fn steps(&self) -> (&[Step], usize) {
        (&self.steps, self.done)
    }

    /// Becomes these steps, of which so many are done.
    pub fn replace(&mut self, steps: Vec<Step>, done: usize) {
        self.done = done.min(steps.len());
        self.steps = steps;
    }
}
