//! What plugins can call: each interface of the contract in a file of its own.

use engine::NodeError;
use wasmtime::component::{HasSelf, Linker};

use crate::bindings::{self, Failure};
use crate::state::State;

mod clock;
mod context;
mod http;
mod kv;
mod messages;
pub(crate) mod mqtt;
mod random;
mod runtime;

/// Everything that there is to import. Whether it may be imported is settled before a component is linked.
pub(crate) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    bindings::types::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    bindings::messages::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    messages::lend_bytes(&mut linker)?;
    bindings::runtime::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    bindings::context::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    bindings::http::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    bindings::mqtt::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    bindings::kv::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    bindings::clock::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    bindings::random::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}

impl bindings::types::Host for State {}

impl State {
    /// An error as the plugin is told of it.
    fn failure(&self, error: &NodeError) -> Failure {
        Failure { text: self.render(&error.text), code: error.code.as_ref().map(ToString::to_string) }
    }
}

/// An error as the plugin itself reports it.
impl From<Failure> for NodeError {
    fn from(failure: Failure) -> Self {
        let error = Self::literal(failure.text);
        match failure.code {
            Some(code) => error.coded(code),
            None => error,
        }
    }
}
