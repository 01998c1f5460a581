//! What a node hands over to its successor.

use std::any::Any;

use crate::delivery::cut_off;

/// What a node parked for its successor in a deploy. What nobody takes was not done: the deliveries in it end as aborted.
pub struct Handover(Option<Box<dyn Any + Send>>);

impl Handover {
    /// What is in it, if it is a `T`; otherwise it is cut off.
    pub fn take<T: Any>(mut self) -> Option<T> {
        match self.0.take()?.downcast() {
            Ok(state) => Some(*state),
            Err(other) => {
                cut_off(other);
                None
            }
        }
    }
}

impl From<Box<dyn Any + Send>> for Handover {
    fn from(parked: Box<dyn Any + Send>) -> Self {
        Self(Some(parked))
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        cut_off(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::delivery::{Delivery, Gate, Outcome};

    #[test]
    fn what_nobody_takes_is_cut_off() {
        let gate = Gate::new(3);
        let seen = Arc::<Mutex<Vec<Outcome>>>::default();
        let handover = || {
            let (delivery, seen) = (gate.try_admit().unwrap(), seen.clone());
            delivery.on_end(move |outcome| seen.lock().unwrap().push(outcome));
            let parked: Box<dyn Any + Send> = Box::new(vec![delivery]);
            Handover::from(parked)
        };
        drop(handover());
        assert!(handover().take::<String>().is_none());
        drop(handover().take::<Vec<Delivery>>());
        assert_eq!(*seen.lock().unwrap(), [Outcome::Aborted, Outcome::Aborted, Outcome::Delivered]);
    }
}
