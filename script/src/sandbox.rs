//! One node's JavaScript: a QuickJS runtime of its own, with its limits.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ecow::EcoString;
use engine::{Object, Value};
use rquickjs::context::EvalOptions;
use rquickjs::{Atom, Context, Ctx, Function, Object as JsObject, Result, Runtime, Value as JsValue};

use crate::convert::from_js;
use crate::errors::{CODE, ScriptError};
use crate::host::{Action, Host, Surroundings, natives};
use crate::lazy::{LAZY_LIMIT, LazyMessage, realm};
use crate::modules::{self, Packages};

/// JavaScript calls deeper than this end with a `RangeError`; less than half of a thread's usual stack.
const STACK_LIMIT_BYTES: usize = 512 * 1024;

/// How far a script may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that its runtime may hold; what is asked beyond is a catchable error.
    pub memory_bytes: usize,
    /// How long it may run without giving control back.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_bytes: 64 * 1024 * 1024, time: Duration::from_secs(10) }
    }
}

impl Limits {
    /// The defaults, with `WIRELOOM_FUNCTION_MEMORY_MIB` and `WIRELOOM_FUNCTION_TIME_LIMIT_SECONDS` from
    /// the environment in their place where they are positive numbers.
    pub fn from_environment() -> Self {
        let positive = |name: &str| {
            let number: f64 = std::env::var(name).ok()?.trim().parse().ok()?;
            (number > 0.0 && number <= 1e6).then_some(number)
        };
        let default = Self::default();
        Self {
            memory_bytes: positive("WIRELOOM_FUNCTION_MEMORY_MIB")
                .map_or(default.memory_bytes, |mebibytes| (mebibytes * 1024.0 * 1024.0) as usize),
            time: positive("WIRELOOM_FUNCTION_TIME_LIMIT_SECONDS")
                .map_or(default.time, Duration::from_secs_f64),
        }
    }
}

/// What a script's author wrote.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// Run for each message.
    pub main: String,
    /// Run once, before the first message.
    pub initialize: String,
    /// Run when the node stops.
    pub finalize: String,
    /// The modules that its author asked for.
    pub libraries: Vec<Library>,
    /// Where packages are; none for Node.js's own modules alone.
    pub packages: Option<Packages>,
    /// How many outputs the node has.
    pub output_count: usize,
}

/// A module that an author asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// The name of the variable that holds it.
    pub variable: String,
    /// The module's name, such as `os` or `lodash`.
    pub module: String,
}

/// Messages by output, in the order sent.
#[derive(Debug)]
pub(crate) enum Outputs {
    /// Nothing is sent.
    None,
    /// One message to the first output.
    One(Arc<Object>),
    /// Messages with their outputs; what is no message is the name of its type.
    Many(Vec<(usize, std::result::Result<Arc<Object>, String>)>),
}

/// How a call ended.
pub(crate) enum Called {
    /// It returned.
    Returned(Outputs),
    /// It returned a promise; an action tells when it is settled.
    Pending,
    /// It threw; the message as far as it was changed.
    Failed(ScriptError, Arc<Object>),
}

/// The JavaScript values that the natives need at hand.
pub(crate) struct Realm<'js> {
    pub object_prototype: JsObject<'js>,
    pub message_prototype: JsObject<'js>,
    pub handle_prototype: JsObject<'js>,
    pub make_buffer: Function<'js>,
    pub make_date: Function<'js>,
    pub make_node: Function<'js>,
    pub to_number: Function<'js>,
    pub well_formed: Function<'js>,
    pub type_name: Function<'js>,
    pub kind_of: Function<'js>,
    pub stand_in: Function<'js>,
    pub fire: Function<'js>,
    pub answer: Function<'js>,
    pub settle: Function<'js>,
    pub close: Function<'js>,
    pub natives: JsObject<'js>,
    /// The node's code.
    pub main: OnceCell<Function<'js>>,
    /// Names of properties by QuickJS's number for them: making a text of one takes longer than most calls have.
    pub names: RefCell<Vec<(Atom<'js>, EcoString)>>,
    /// Promises that were rejected, with the reason, and that nobody has looked at yet.
    pub rejected: RefCell<Vec<(JsValue<'js>, JsValue<'js>)>>,
}

/// One node's JavaScript.
pub(crate) struct Sandbox {
    context: Context,
    host: Arc<Host>,
    uses_node: bool,
    limit: Duration,
    /// Messages of more properties than this are converted as a whole.
    lazy_limit: usize,
    /// Set when its promises' reactions would not come to an end, or one of them was cut off.
    is_spent: AtomicBool,
}

/// The parts of the prelude, by the name under which `core` asks for them.
const PARTS: [(&str, &str); 5] = [
    ("buffer", include_str!("prelude/buffer.js")),
    ("url", include_str!("prelude/url.js")),
    ("util", include_str!("prelude/util.js")),
    ("red", include_str!("prelude/red.js")),
    ("modules", include_str!("prelude/modules.js")),
];

impl Sandbox {
    /// A fresh world with the node's code compiled in it.
    pub(crate) fn new(
        surroundings: Arc<dyn Surroundings>,
        code: &Code,
        limits: Limits,
    ) -> std::result::Result<Self, ScriptError> {
        let host = Arc::new(Host::new(surroundings));
        let failed = |error: rquickjs::Error| ScriptError::plain(error.to_string());
        let runtime = Runtime::new().map_err(failed)?;
        runtime.set_memory_limit(limits.memory_bytes);
        runtime.set_max_stack_size(STACK_LIMIT_BYTES);
        let watch = host.clone();
        runtime.set_interrupt_handler(Some(Box::new(move || watch.watch.is_over())));
        runtime.set_host_promise_rejection_tracker(Some(Box::new(|ctx, promise, reason, is_handled| {
            let Ok(realm) = realm(&ctx) else { return };
            let Ok(mut rejected) = realm.rejected.try_borrow_mut() else { return };
            if is_handled {
                rejected.retain(|(other, _)| *other != promise);
            } else {
                rejected.push((promise, reason));
            }
        })));
        let context = Context::full(&runtime).map_err(failed)?;
        host.watch.start(limits.time);
        context.with(|ctx| {
            set_up(&ctx, &host, code.output_count).map_err(failed)?;
            let realm = realm(&ctx).map_err(failed)?;
            load_libraries(&ctx, &realm, code).map_err(|error| ScriptError::caught(&ctx, &realm, error))?;
            let main = compile(&ctx, &code.main).map_err(|error| ScriptError::caught(&ctx, &realm, error))?;
            realm.main.set(main).map_err(|_| failed(rquickjs::Error::Unknown))
        })?;
        Ok(Self {
            context,
            host,
            uses_node: mentions(&code.main, "node"),
            limit: limits.time,
            lazy_limit: LAZY_LIMIT,
            is_spent: AtomicBool::new(false),
        })
    }

    /// Whether it would be cut off again and again: a chain of promises in it has no end. Make another.
    pub(crate) fn is_spent(&self) -> bool {
        self.is_spent.load(Ordering::Relaxed)
    }

    /// What was asked for since the last time.
    pub(crate) fn take_actions(&self) -> Vec<Action> {
        self.host.take_actions()
    }

    /// Runs the code for a message.
    pub(crate) fn call(&self, call: u32, properties: Arc<Object>) -> Called {
        self.enter(|ctx, realm| {
            let Some(main) = realm.main.get() else { return Called::Returned(Outputs::None) };
            let lazy = properties.len() <= self.lazy_limit;
            let message = if lazy {
                LazyMessage::instance(realm, properties.clone())
                    .map(|message| message.into_inner().into_value())
            } else {
                crate::convert::to_js(ctx, realm, &Value::Object(properties.clone()))
            };
            let message = match message {
                Ok(message) => message,
                Err(error) => return Called::Failed(self.failure(ctx, realm, error), properties),
            };
            // From here on the message is JavaScript's alone, and can be changed in place.
            drop(properties);
            let returned = self.run(ctx, realm, main, &message, call);
            match returned {
                Ok(None) => Called::Pending,
                Ok(Some(outputs)) => Called::Returned(outputs),
                Err(error) => {
                    let error = self.failure(ctx, realm, error);
                    // What it did to the message is told to catch nodes, if it can be told at all.
                    self.host.watch.start(self.limit);
                    let left = from_js(ctx, realm, &message).ok();
                    ctx.catch();
                    let left = left.and_then(|left| match left {
                        Value::Object(properties) => Some(properties),
                        _ => None,
                    });
                    Called::Failed(error, left.unwrap_or_default())
                }
            }
        })
    }

    fn run<'js>(
        &self,
        ctx: &Ctx<'js>,
        realm: &Realm<'js>,
        main: &Function<'js>,
        message: &JsValue<'js>,
        call: u32,
    ) -> Result<Option<Outputs>> {
        let returned: JsValue<'js> = if self.uses_node {
            let node: JsValue<'js> = realm.make_node.call((call,))?;
            main.call((message.clone(), node))?
        } else {
            main.call((message.clone(),))?
        };
        if returned.is_promise() {
            realm.settle.call::<_, ()>((call, returned))?;
            return Ok(None);
        }
        outputs_of(ctx, realm, &returned).map(Some)
    }

    /// Runs setup or closing code; `None` when it returned a promise, which settles as call 0.
    pub(crate) fn run_once(&self, code: &str) -> Option<std::result::Result<(), ScriptError>> {
        self.enter(|ctx, realm| {
            let run = || -> Result<bool> {
                let code = compile(ctx, code)?;
                let node: JsValue<'_> = realm.make_node.call((0,))?;
                let returned: JsValue<'_> = code.call((JsValue::new_undefined(ctx.clone()), node))?;
                if returned.is_promise() {
                    realm.settle.call::<_, ()>((0, returned))?;
                    return Ok(false);
                }
                Ok(true)
            };
            match run() {
                Ok(true) => Some(Ok(())),
                Ok(false) => None,
                Err(error) => Some(Err(self.failure(ctx, realm, error))),
            }
        })
    }

    /// Runs the action of a timer.
    pub(crate) fn fire(&self, timer: u32, call: u32) -> std::result::Result<(), ScriptError> {
        self.enter(|ctx, realm| {
            let fired = realm.fire.call::<_, ()>((timer, call));
            fired.map_err(|error| self.failure(ctx, realm, error))
        })
    }

    /// Ends a link call with its answer, or the reason why there is none.
    pub(crate) fn answer(
        &self,
        link: u32,
        call: u32,
        answer: std::result::Result<Arc<Object>, EcoString>,
    ) -> std::result::Result<(), ScriptError> {
        self.enter(|ctx, realm| {
            let answered = match answer {
                Ok(properties) => crate::convert::to_js(ctx, realm, &Value::Object(properties))
                    .and_then(|answer| realm.answer.call::<_, ()>((link, call, true, answer))),
                Err(reason) => realm.answer.call::<_, ()>((link, call, false, reason.as_str())),
            };
            answered.map_err(|error| self.failure(ctx, realm, error))
        })
    }

    /// Runs the listeners for the node's end.
    pub(crate) fn close(&self) -> std::result::Result<(), ScriptError> {
        self.enter(|ctx, realm| {
            let closed = realm.close.call::<_, ()>(());
            closed.map_err(|error| self.failure(ctx, realm, error))
        })
    }

    /// Lets JavaScript run within its time, then what it left to be run: the reactions of its promises.
    fn enter<R: Ended>(&self, work: impl for<'js> FnOnce(&Ctx<'js>, &Realm<'js>) -> R) -> R {
        self.host.watch.start(self.limit);
        self.context.with(|ctx| {
            let realm = match realm(&ctx) {
                Ok(realm) => realm,
                Err(error) => return R::failed(ScriptError::plain(error.to_string())),
            };
            let result = work(&ctx, &realm);
            let mut jobs = 0_u32;
            while ctx.execute_pending_job() {
                jobs = jobs.wrapping_add(1);
                // QuickJS asks only within a job, and a chain of jobs can be endless.
                if jobs.is_multiple_of(256) && self.host.watch.is_over() {
                    self.is_spent.store(true, Ordering::Relaxed);
                    return R::failed(self.time_is_over());
                }
            }
            let rejected = realm.rejected.take();
            for (_, reason) in rejected {
                self.host.report(ScriptError::thrown(&ctx, &realm, &reason));
            }
            if self.host.watch.is_cut() && jobs > 0 {
                // A link of such a chain, or not: which promises are left, nobody knows.
                self.is_spent.store(true, Ordering::Relaxed);
                return R::failed(self.time_is_over());
            }
            result
        })
    }

    fn failure<'js>(&self, ctx: &Ctx<'js>, realm: &Realm<'js>, error: rquickjs::Error) -> ScriptError {
        if self.host.watch.is_cut() {
            ctx.catch();
            return self.time_is_over();
        }
        ScriptError::caught(ctx, realm, error)
    }

    fn time_is_over(&self) -> ScriptError {
        let milliseconds = u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX);
        ScriptError { time_limit: Some(milliseconds), ..ScriptError::plain("the time is over") }
    }
}

/// What an entry into JavaScript gives when it was cut off outside of its own code.
trait Ended {
    fn failed(error: ScriptError) -> Self;
}

impl Ended for Called {
    fn failed(error: ScriptError) -> Self {
        Self::Failed(error, Arc::default())
    }
}

impl Ended for std::result::Result<(), ScriptError> {
    fn failed(error: ScriptError) -> Self {
        Err(error)
    }
}

impl Ended for Option<std::result::Result<(), ScriptError>> {
    fn failed(error: ScriptError) -> Self {
        Some(Err(error))
    }
}

/// What a script sends, in Node-RED's forms: a message, or an array with a message, an array of messages or
/// nothing for each output.
pub(crate) fn outputs_of<'js>(ctx: &Ctx<'js>, realm: &Realm<'js>, value: &JsValue<'js>) -> Result<Outputs> {
    if value.is_null() || value.is_undefined() {
        return Ok(Outputs::None);
    }
    let Some(outputs) = value.as_array() else {
        return Ok(match message_of(ctx, realm, value)? {
            Ok(message) => Outputs::One(message),
            Err(type_name) => Outputs::Many(vec![(0, Err(type_name))]),
        });
    };
    let mut all = Vec::with_capacity(outputs.len());
    for port in 0..outputs.len() {
        let output: JsValue<'js> = outputs.get(port)?;
        match output.as_array() {
            Some(messages) => {
                for message in messages.iter::<JsValue<'js>>() {
                    let message = message?;
                    if !message.is_null() && !message.is_undefined() {
                        all.push((port, message_of(ctx, realm, &message)?));
                    }
                }
            }
            None if output.is_null() || output.is_undefined() => {}
            None => all.push((port, message_of(ctx, realm, &output)?)),
        }
    }
    Ok(Outputs::Many(all))
}

/// A message, or the name of the type that it is of instead.
fn message_of<'js>(
    ctx: &Ctx<'js>,
    realm: &Realm<'js>,
    value: &JsValue<'js>,
) -> Result<std::result::Result<Arc<Object>, String>> {
    if value.is_object() && !value.is_array() && !value.is_function() {
        return Ok(match from_js(ctx, realm, value)? {
            Value::Object(properties) => Ok(properties),
            _ => Err(realm.type_name.call((value.clone(),))?),
        });
    }
    Ok(Err(match value.type_name() {
        "array" => "Array".into(),
        "int" | "float" => "number".into(),
        "bool" => "boolean".into(),
        "big_int" => "bigint".into(),
        "constructor" => "function".into(),
        other => other.into(),
    }))
}

/// Fills a fresh context: the natives, the prelude's core, and how to load its other parts.
fn set_up<'js>(ctx: &Ctx<'js>, host: &Arc<Host>, output_count: usize) -> Result<()> {
    let natives = natives(ctx, host, output_count)?;
    let define: Function<'js> = evaluate(
        ctx,
        "wireloom:define",
        "(name, value, target = globalThis) => { Object.defineProperty(target, name, \
         { value, writable: true, configurable: true, enumerable: false }); }",
    )?;
    let load = |ctx: Ctx<'js>, name: String| -> Result<()> {
        let Some((_, source)) = PARTS.iter().find(|(part, _)| *part == name) else { return Ok(()) };
        let part: Function<'js> = evaluate(&ctx, &format!("wireloom:{name}"), source)?;
        let natives = realm(&ctx)?.natives.clone();
        let define: Function<'js> = natives.get("define")?;
        part.call((natives, define))
    };
    natives.set("define", define)?;
    natives.set("load", Function::new(ctx.clone(), load)?)?;
    let core: Function<'js> = evaluate(ctx, "wireloom:core", include_str!("prelude/core.js"))?;
    let made: JsObject<'js> = core.call((natives.clone(),))?;
    let realm = Realm {
        object_prototype: made.get("objectPrototype")?,
        message_prototype: made.get("messagePrototype")?,
        handle_prototype: made.get("handlePrototype")?,
        make_buffer: made.get("makeBuffer")?,
        make_date: made.get("makeDate")?,
        make_node: made.get("makeNode")?,
        to_number: made.get("toNumber")?,
        well_formed: made.get("wellFormed")?,
        type_name: made.get("typeName")?,
        kind_of: made.get("kindOf")?,
        stand_in: made.get("standIn")?,
        fire: made.get("fire")?,
        answer: made.get("answer")?,
        settle: made.get("settle")?,
        close: made.get("close")?,
        natives,
        main: OnceCell::new(),
        names: RefCell::default(),
        rejected: RefCell::default(),
    };
    ctx.store_userdata(realm).map_err(|_| rquickjs::Error::Unknown)?;
    Ok(())
}

fn evaluate<'js, T: rquickjs::FromJs<'js>>(ctx: &Ctx<'js>, name: &str, source: &str) -> Result<T> {
    let mut options = EvalOptions::default();
    options.filename = Some(name.to_owned());
    ctx.eval_with_options(source, options)
}

/// Puts the modules that an author asked for in their variables.
fn load_libraries<'js>(ctx: &Ctx<'js>, realm: &Realm<'js>, code: &Code) -> Result<()> {
    if code.libraries.is_empty() {
        return Ok(());
    }
    modules::natives(ctx, &realm.natives, code.packages.clone())?;
    realm.natives.get::<_, Function<'js>>("load")?.call::<_, ()>(("modules",))?;
    let load: Function<'js> = realm.natives.get("library")?;
    code.libraries.iter().try_for_each(|it| load.call((it.variable.as_str(), it.module.as_str())))
}

/// Compiles an author's code to a function of `msg` and `node`.
fn compile<'js>(ctx: &Ctx<'js>, code: &str) -> Result<Function<'js>> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(CODE.to_owned());
    ctx.eval_with_options(wrap(code), options)
}

/// The code as a function expression; its first line is the second. Node-RED's are always `async`: without
/// an `await` in it nobody can tell, and a plain function is much cheaper to call.
pub(crate) fn wrap(code: &str) -> String {
    let kind = if mentions(code, "await") { "async function" } else { "function" };
    format!("({kind} (msg, node) {{\n{code}\n}})")
}

/// Whether `word` occurs as a whole word, be it in a text or comment.
pub(crate) fn mentions(code: &str, word: &str) -> bool {
    let is_part = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'))
    };
    code.match_indices(word).any(|(at, _)| {
        let bytes = code.as_bytes();
        !is_part(at.checked_sub(1).and_then(|before| bytes.get(before)))
            && !is_part(bytes.get(at + word.len()))
    })
}

#[cfg(test)]
mod tests;
