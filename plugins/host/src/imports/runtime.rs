//! `runtime`: the node itself, and its way out.

use engine::observe::{Level, Status};
use model::text::Text;
use wasmtime::component::Resource;

use crate::bindings::runtime::{self, Host, NodeInfo};
use crate::bindings::{Failure, Held};
use crate::fault::Fault;
use crate::state::{Effect, Letting, State};

/// A longer text of a status or a log line is cut.
const LONGEST_TEXT: usize = 4096;

impl Host for State {
    fn node(&mut self) -> wasmtime::Result<NodeInfo> {
        self.enter()?;
        let info = self.shared.node.as_ref().map(|node| &node.info);
        Ok(match info {
            Some(info) => NodeInfo {
                id: info.id.to_string(),
                type_name: info.type_name.to_string(),
                name: info.name.to_string(),
                flow: info.flow.to_string(),
            },
            None => NodeInfo {
                id: String::new(),
                type_name: self.shared.plugin.to_string(),
                name: String::new(),
                flow: String::new(),
            },
        })
    }

    fn emit(&mut self, port: u32, message: Resource<Held>) -> wasmtime::Result<()> {
        self.enter_running("emit")?;
        let held = self.take(&message)?;
        Ok(State::emit(self, port, held)?)
    }

    fn done(&mut self, message: Resource<Held>) -> wasmtime::Result<()> {
        self.enter()?;
        let held = self.take(&message)?;
        self.end(held, Letting::Done);
        Ok(())
    }

    fn fail(&mut self, message: Resource<Held>, failure: Failure) -> wasmtime::Result<()> {
        self.enter_running("fail")?;
        self.charge(failure.text.len())?;
        let held = self.take(&message)?;
        self.end(held, Letting::Failed(failure.into()));
        Ok(())
    }

    fn set_timer(&mut self, milliseconds: u32, token: u32) -> wasmtime::Result<()> {
        self.enter()?;
        self.timers.insert(token);
        let limit = self.shared.limits.timers;
        if self.timers.len() > limit {
            return Err(Fault::Timers(limit).into());
        }
        self.call.effects.push(Effect::Timer(milliseconds, token));
        Ok(())
    }

    fn cancel_timer(&mut self, token: u32) -> wasmtime::Result<()> {
        self.enter()?;
        if self.timers.remove(&token) {
            self.call.effects.push(Effect::Cancel(token));
        }
        Ok(())
    }

    fn set_status(&mut self, status: Option<runtime::Status>) -> wasmtime::Result<()> {
        self.enter()?;
        let status = status.map_or_else(Status::clear, |status| {
            Status::new(fill(status.fill), shape(status.shape), Text::literal(cut(status.text)))
        });
        // The last one of a call is the one that is seen.
        self.call.effects.retain(|effect| !matches!(effect, Effect::Status(_)));
        self.call.effects.push(Effect::Status(status));
        Ok(())
    }

    fn log(&mut self, level: runtime::Level, text: String) -> wasmtime::Result<()> {
        self.enter()?;
        let level = match level {
            runtime::Level::Error => Level::Error,
            runtime::Level::Warn => Level::Warn,
            runtime::Level::Info => Level::Info,
            runtime::Level::Debug => Level::Debug,
            runtime::Level::Trace => Level::Trace,
        };
        State::log(self, level, cut(text));
        Ok(())
    }
}

fn fill(fill: runtime::Fill) -> &'static str {
    match fill {
        runtime::Fill::Red => "red",
        runtime::Fill::Green => "green",
        runtime::Fill::Yellow => "yellow",
        runtime::Fill::Blue => "blue",
        runtime::Fill::Grey => "grey",
    }
}

fn shape(shape: runtime::Shape) -> &'static str {
    match shape {
        runtime::Shape::Dot => "dot",
        runtime::Shape::Ring => "ring",
    }
}

/// At most [`LONGEST_TEXT`] bytes of a text, whole characters.
fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LONGEST_TEXT));
    text
}
