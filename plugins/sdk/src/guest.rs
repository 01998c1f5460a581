//! What a component exports, for any [`Node`].

use std::cell::RefCell;
use std::thread::LocalKey;

use bindings::exports::wireloom::node::node::{Failure, Guest, Message, Problem, Progress, Settings};

use crate::host::{self, wit_failure};
use crate::{Level, Node, Out, Problems, Setup};

/// The imports of the component and the glue of its exports, as `tests/bindings.rs` has them written from the contract.
// Calls across the border of a component are unsafe code; the generator alone writes it.
#[allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]
pub mod bindings {
    include!("guest/bindings.rs.in");
}

pub use bindings::export_component;

/// Where a component keeps its one node; written by [`export!`](crate::export).
pub trait Component: 'static {
    /// The node type.
    type Node: Node;
    /// Its place.
    const NODE: &'static LocalKey<RefCell<Option<Self::Node>>>;
}

impl<C: Component> Guest for C {
    fn describe() -> String {
        crate::describe::description::<C::Node>().to_string()
    }

    fn configure(settings: Settings) -> Vec<Problem> {
        // What a panic says would be lost: a plugin has no standard error.
        std::panic::set_hook(Box::new(|info| host::log(Level::Error, &info.to_string())));
        match make::<C::Node>(settings) {
            Ok(node) => {
                C::NODE.with_borrow_mut(|place| *place = Some(node));
                Vec::new()
            }
            Err(problems) => problems.0.into_iter().map(|(path, text)| Problem { path, text }).collect(),
        }
    }

    fn start() -> Result<(), Failure> {
        with::<C, _>(|node| node.start(&mut Out::new()))
    }

    fn on_message(message: Message) -> Result<Progress, Failure> {
        let message = crate::Message(host::Message::of(message));
        let progress = with::<C, _>(|node| node.on_message(message, &mut Out::new()))?;
        Ok(match progress {
            crate::Progress::Done => Progress::Done,
            crate::Progress::Kept => Progress::Kept,
        })
    }

    fn on_timer(token: u32) -> Result<(), Failure> {
        with::<C, _>(|node| node.on_timer(token, &mut Out::new()))
    }

    fn stop() {
        // One that was never configured has nothing to end.
        let _ = with::<C, _>(|node| {
            node.stop(&mut Out::new());
            Ok(())
        });
    }
}

fn make<N: Node>(settings: Settings) -> Result<N, Problems> {
    let properties = serde_json::from_str(&settings.properties);
    let properties = properties.map_err(|error| Problems::at("", error.to_string()))?;
    let read = crate::config::read::<N::Settings>(&properties)?;
    N::configure(read, &Setup { credentials: settings.credentials })
}

fn with<C: Component, T>(call: impl FnOnce(&mut C::Node) -> Result<T, crate::Failure>) -> Result<T, Failure> {
    C::NODE.with_borrow_mut(|place| match place {
        Some(node) => call(node).map_err(wit_failure),
        None => Err(wit_failure(crate::Failure::new("the node was called before it was configured"))),
    })
}

/// Makes the component of a plugin: `export!(MyNode);`, once, in its `lib.rs`. Natively it does nothing.
#[macro_export]
macro_rules! export {
    ($node:ty) => {
        const _: () = {
            ::std::thread_local! {
                static NODE: ::std::cell::RefCell<::core::option::Option<$node>> =
                    const { ::std::cell::RefCell::new(::core::option::Option::None) };
            }
            struct Plugin;
            impl $crate::guest::Component for Plugin {
                type Node = $node;
                const NODE: &'static ::std::thread::LocalKey<
                    ::std::cell::RefCell<::core::option::Option<$node>>,
                > = &NODE;
            }
            $crate::guest::export_component!(Plugin);
        };
    };
}
