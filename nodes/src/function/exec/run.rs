//! Commands under way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use engine::js::path::PropertyPath;
use engine::node::{BoxFuture, TaskContext, TaskInput, TaskNode, TaskOut};
use engine::observe::Status;
use engine::{Message, NodeError, Object, Value, js};
use futures_util::stream::{FuturesUnordered, StreamExt};
use model::text::Text;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::GRACE;
use super::process::{Ended, Process};
use crate::config::park;

/// So many commands may run at once.
const PROCESS_LIMIT: usize = 100;
/// What a command may write when it is sent at its end; with more it is ended, as in Node-RED.
const OUTPUT_LIMIT_BYTES: usize = 10_000_000;
/// What a command writes is sent on in pieces of this size at most.
const PIECE_BYTES: usize = 65_536;

/// The node.
pub(super) struct Exec {
    pub command: String,
    pub property: Option<PropertyPath>,
    pub append: String,
    /// Whether what is written is sent at once, and no shell is used.
    pub streams: bool,
    pub timeout: Option<Duration>,
    pub has_old_code: bool,
    pub hides_window: bool,
}

impl TaskNode for Exec {
    fn run(self: Box<Self>, context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(run(Arc::new(*self), context))
    }
}

/// Signals for a command.
type Signals = mpsc::Sender<String>;

async fn run(node: Arc<Exec>, mut context: TaskContext) -> Result<(), NodeError> {
    let mut running: HashMap<u32, Signals> = HashMap::new();
    let mut under_way = FuturesUnordered::new();
    let mut is_stopping = false;
    while !is_stopping || !under_way.is_empty() {
        tokio::select! {
            Some(id) = under_way.next(), if !under_way.is_empty() => drop(running.remove(&id)),
            input = context.next(), if !is_stopping => match input {
                Some(TaskInput::Message(message)) if message.get("kill").is_some() => {
                    kill(&running, &message, &context.out);
                    context.out.done(message);
                }
                Some(TaskInput::Message(message)) => {
                    if running.len() >= PROCESS_LIMIT {
                        let error = NodeError::key("exec.too-many").with("limit", PROCESS_LIMIT);
                        context.out.fail(error, Some(message));
                    } else if let Some((process, message)) = node.start(message, &context.out).await {
                        let (signals, heard) = mpsc::channel(8);
                        running.insert(process.id(), signals);
                        under_way.push(one(node.clone(), process, message, heard, context.out.clone()));
                    }
                }
                Some(TaskInput::Command(_)) => {}
                None => {
                    is_stopping = true;
                    // No signal can come any more: each command ends itself then.
                    running.clear();
                }
            },
        }
    }
    Ok(())
}

fn kill(running: &HashMap<u32, Signals>, message: &Message, out: &TaskOut) {
    let signal = message.get("kill").and_then(Value::as_str).map(str::to_uppercase);
    let signal = signal.filter(|signal| signal.starts_with("SIG")).unwrap_or_else(|| "SIGTERM".into());
    let wanted = match message.get("pid") {
        Some(id) => running.get(&(js::to_number(id) as u32)),
        None if running.len() == 1 => running.values().next(),
        None => None,
    };
    if wanted.is_some_and(|signals| signals.try_send(signal).is_ok()) {
        out.status(Status::new("red", "dot", Text::key("exec.killed")));
    }
}

impl Exec {
    /// Starts the command for a message; says why when it cannot.
    async fn start(&self, message: Message, out: &TaskOut) -> Option<(Process, Message)> {
        let line = self.line(&message);
        if line.trim().is_empty() {
            out.fail(NodeError::key("exec.empty"), Some(message));
            return None;
        }
        let started = if self.streams {
            let mut words = words(&line);
            let program = if words.is_empty() { String::new() } else { words.remove(0) };
            Process::program(&program, &words, self.hides_window)
        } else {
            Process::shell(&line, self.hides_window)
        };
        match started {
            Ok(process) => {
                // It may run for long; how many may is limited here.
                park(&message);
                let text = Text::key("exec.pid").with("pid", process.id());
                out.status(Status::new("blue", "dot", text));
                Some((process, message))
            }
            Err(error) if self.streams => {
                // As in Node.js: the command that is not there ends with the system's error number.
                let code = -error.raw_os_error().unwrap_or(1);
                out.status(Status::new("red", "dot", Text::key("exec.rc").with("code", code)));
                let mut sent = message.clone();
                sent.set("payload", self.code(&Ended { code: Some(code), signal: None }));
                let _ = out.send(2, sent).await;
                out.done(message);
                None
            }
            Err(error) => {
                out.fail(NodeError::key("exec.failed").with("reason", error), Some(message));
                None
            }
        }
    }

    /// The command with its arguments.
    fn line(&self, message: &Message) -> String {
        let mut line = self.command.clone();
        let value = self.property.as_ref().and_then(|path| path.get(message.properties()));
        if let Some(value) = value.filter(|value| !matches!(**value, Value::Undefined)) {
            line.push(' ');
            line.push_str(&js::to_text(&value));
        }
        if !self.append.is_empty() {
            line.push(' ');
            line.push_str(&self.append);
        }
        line
    }

    fn code(&self, ended: &Ended) -> Value {
        let code = ended.code.map_or(Value::Null, Value::from);
        if self.has_old_code {
            return code;
        }
        let mut object = Object::from_iter([("code", code)]);
        if let Some(signal) = &ended.signal {
            object.insert("signal", signal.as_str());
        }
        object.into()
    }
}

/// Splits a line at spaces outside of quotes; quotes around a whole word are left out, as in Node-RED.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut in_quotes) = (Vec::new(), String::new(), false);
    for character in line.chars() {
        if character == '"' {
            in_quotes = !in_quotes;
        }
        if character.is_whitespace() && !in_quotes {
            words.push(std::mem::take(&mut word));
        } else {
            word.push(character);
        }
    }
    words.push(word);
    let unquoted = |word: &String| match word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.to_owned(),
        None => word.clone(),
    };
    words.iter().filter(|word| !word.is_empty()).map(unquoted).collect()
}

/// Something that a command wrote.
enum Written {
    Output(Vec<u8>),
    Errors(Vec<u8>),
}

/// Sees a command through; gives its number.
async fn one(
    node: Arc<Exec>,
    mut process: Process,
    message: Message,
    mut signals: mpsc::Receiver<String>,
    out: TaskOut,
) -> u32 {
    let id = process.id();
    let Some((stdout, stderr)) = process.output() else { return id };
    let (written, mut pieces) = mpsc::channel(1);
    let reading = async move {
        tokio::join!(read(stdout, Written::Output, written.clone()), read(stderr, Written::Errors, written),);
    };
    let timeout = tokio::time::sleep(node.timeout.unwrap_or(Duration::MAX / 4));
    let force = tokio::time::sleep(Duration::MAX / 4);
    tokio::pin!(reading, timeout, force);
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let (mut is_reading, mut is_timed, mut ended, mut was_stopped) =
        (true, node.timeout.is_some(), None, false);
    let (mut is_read, mut is_too_much) = (false, false);
    // Whether it was told to end and has some time for that; whether that time is over.
    let (mut is_told, mut is_late) = (false, false);
    // What it wrote is taken to its end, even after it ended itself: what it started may go on writing.
    while ended.is_none() || (is_reading && !is_late) {
        tokio::select! {
            biased;
            signal = signals.recv(), if !was_stopped => match signal {
                Some(signal) => process.signal(&signal),
                None => {
                    (was_stopped, is_told) = (true, true);
                    process.signal("SIGTERM");
                    force.as_mut().reset(Instant::now() + GRACE);
                }
            },
            () = &mut timeout, if is_timed => {
                (is_timed, is_told, is_late) = (false, true, ended.is_some());
                process.signal("SIGTERM");
                force.as_mut().reset(Instant::now() + GRACE);
            }
            () = &mut force, if is_told => {
                (is_told, is_late) = (false, true);
                process.signal("SIGKILL");
                if was_stopped {
                    break;
                }
            }
            piece = pieces.recv(), if is_reading => match piece {
                Some(_) if was_stopped || is_too_much => {}
                Some(piece) if node.streams => send(piece, &message, &out).await,
                Some(Written::Output(bytes)) => output.extend(bytes),
                Some(Written::Errors(bytes)) => errors.extend(bytes),
                None => is_reading = false,
            },
            () = &mut reading, if !is_read => is_read = true,
            end = process.wait(), if ended.is_none() => ended = Some(end),
        }
        if !is_too_much && output.len().max(errors.len()) > OUTPUT_LIMIT_BYTES {
            (is_too_much, is_told) = (true, true);
            process.signal("SIGTERM");
            force.as_mut().reset(Instant::now() + GRACE);
        }
    }
    let ended = match ended {
        Some(Ok(ended)) if !was_stopped => ended,
        _ => {
            out.fail(NodeError::key("exec.stopped"), Some(message));
            return id;
        }
    };
    if node.streams {
        finish_stream(&node, &ended, &message, &out).await;
    } else {
        output.truncate(OUTPUT_LIMIT_BYTES);
        errors.truncate(OUTPUT_LIMIT_BYTES);
        finish(&node, &ended, (output, errors, is_too_much), &message, &out).await;
    }
    out.done(message);
    id
}

async fn read(
    mut from: impl AsyncRead + Unpin,
    wrap: impl Fn(Vec<u8>) -> Written,
    to: mpsc::Sender<Written>,
) {
    let mut piece = vec![0; PIECE_BYTES];
    while let Ok(count @ 1..) = from.read(&mut piece).await {
        if to.send(wrap(piece[..count].to_vec())).await.is_err() {
            break;
        }
    }
}

/// Text where it is, bytes else. As in Node-RED text has no control characters but those of lines and tabs.
fn value_of(bytes: Vec<u8>) -> Value {
    if bytes.iter().any(|byte| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r')) {
        return Value::buffer(bytes);
    }
    match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) => Value::buffer(error.into_bytes()),
    }
}

async fn send(piece: Written, message: &Message, out: &TaskOut) {
    let (port, bytes) = match piece {
        Written::Output(bytes) => (0, bytes),
        Written::Errors(bytes) => (1, bytes),
    };
    let mut sent = message.clone();
    sent.set("payload", value_of(bytes));
    let _ = out.send(port, sent).await;
}

async fn finish_stream(node: &Exec, ended: &Ended, message: &Message, out: &TaskOut) {
    out.status(match ended.code {
        Some(0) => Status::clear(),
        Some(code) => {
            let fill = if code < 0 { "red" } else { "yellow" };
            Status::new(fill, "dot", Text::key("exec.rc").with("code", code))
        }
        None => Status::new("red", "dot", Text::key("exec.killed")),
    });
    let mut sent = message.clone();
    sent.set("payload", node.code(ended));
    let _ = out.send(2, sent).await;
}

async fn finish(
    node: &Exec,
    ended: &Ended,
    (output, errors, is_too_much): (Vec<u8>, Vec<u8>, bool),
    message: &Message,
    out: &TaskOut,
) {
    let mut first = message.clone();
    let mut second = (!errors.is_empty()).then(|| message.clone());
    let is_success = ended.code == Some(0) && !is_too_much;
    let code = if is_success {
        (!node.has_old_code).then(|| Value::from(Object::from_iter([("code", 0)])))
    } else {
        let code = match (is_too_much, ended.code) {
            (true, _) => "ERR_CHILD_PROCESS_STDIO_MAXBUFFER".into(),
            (false, Some(code)) => code.into(),
            (false, None) => Value::Null,
        };
        let mut object = Object::from_iter([("code", code)]);
        let errors = String::from_utf8_lossy(&errors);
        object.insert("message", format!("Command failed: {}\n{errors}", node.line(message)));
        if let Some(signal) = &ended.signal {
            object.insert("signal", signal.as_str());
        }
        Some(object.into())
    };
    out.status(match (is_success, ended.code) {
        (true, _) => Status::clear(),
        (false, Some(code)) => Status::new("red", "dot", Text::key("exec.error").with("code", code)),
        (false, None) => Status::new("red", "dot", Text::key("exec.killed")),
    });
    first.set("payload", value_of(output));
    if let Some(second) = &mut second {
        second.set("payload", value_of(errors));
    }
    if let Some(code) = &code {
        first.set("rc", code.clone());
        if let Some(second) = &mut second {
            second.set("rc", code.clone());
        }
    }
    let third = code.map(|code| {
        let mut third = first.clone();
        third.remove("rc");
        third.set("payload", code);
        third
    });
    for (port, message) in [Some(first), second, third].into_iter().enumerate() {
        if let Some(message) = message {
            let _ = out.send(port, message).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_words() {
        assert_eq!(words("a  \"b c\" d\"e f\"g"), ["a", "b c", "d\"e f\"g"]);
        assert!(words("  ").is_empty());
    }
}
