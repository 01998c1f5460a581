//! What JavaScript may ask of the world outside: the natives, and the list of what is to be done.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ecow::EcoString;
use engine::context::Scope;
use engine::node::NodeInfo;
use engine::observe::Level;
use engine::{NodeError, Object, Value};
use rquickjs::function::{Func, Opt};
use rquickjs::{
    Ctx, Exception, Function, Object as JsObject, Result, String as JsString, TypedArray, Value as JsValue,
};

use crate::convert::{bytes_of, from_js, text_of, to_js, view_of};
use crate::errors::ScriptError;
use crate::lazy::realm;
use crate::sandbox::{Outputs, outputs_of};

/// A script may ask for this much before it gives control back: messages to send, lines to log.
const ACTION_LIMIT: usize = 100_000;

/// The world around a script, as far as it can be read at once.
pub trait Surroundings: Send + Sync {
    /// Who the node is.
    fn info(&self) -> &NodeInfo;
    /// An environment variable; undefined if there is none.
    fn env(&self, name: &str) -> Value;
    /// A value from context; undefined if there is none.
    ///
    /// # Errors
    /// When the key is no property path.
    fn context_get(
        &self,
        scope: Scope,
        store: Option<&str>,
        key: &str,
    ) -> std::result::Result<Value, NodeError>;
    /// Keeps a value in context; undefined removes it.
    ///
    /// # Errors
    /// When the key is no property path or the store does not take the value.
    fn context_set(
        &self,
        scope: Scope,
        store: Option<&str>,
        key: &str,
        value: Value,
    ) -> std::result::Result<(), NodeError>;
    /// The top-level names in context.
    fn context_keys(&self, scope: Scope, store: Option<&str>) -> Vec<EcoString>;
    /// What a typed value is for a message, such as a JSONata expression.
    ///
    /// # Errors
    /// When the value does not fit its type, or the expression fails.
    fn evaluate(
        &self,
        value: &str,
        type_name: &str,
        message: &Value,
    ) -> std::result::Result<Value, NodeError>;
    /// An error in English.
    fn render(&self, error: &NodeError) -> EcoString;
}

/// Something that JavaScript asked for; done when it has given control back.
pub(crate) enum Action {
    /// `node.send`.
    Send { call: u32, outputs: Outputs },
    /// `node.error`.
    Error { call: u32, error: ScriptError, message: Option<Arc<Object>> },
    /// `node.warn`, `console.log` and their kin.
    Log(Level, EcoString),
    /// `node.status`: fill, shape, text.
    Status(EcoString, EcoString, EcoString),
    /// `setTimeout`, `setInterval`.
    Arm { timer: u32, delay: Duration, repeats: bool, call: u32 },
    /// `clearTimeout`, `clearInterval`.
    Disarm(u32),
    /// `node.done`.
    Done(u32),
    /// `node.linkcall`: the number by which JavaScript knows it, and how long it waits.
    LinkCall { call: u32, link: u32, target: EcoString, message: Arc<Object>, timeout: Duration },
    /// The promise of a call came to its end.
    Settled { call: u32, result: std::result::Result<Outputs, ScriptError> },
}

/// No time yet.
const UNSET: u64 = u64::MAX;

/// Cuts off JavaScript that runs for too long.
pub(crate) struct Watch {
    made: Instant,
    /// How long JavaScript may run, in nanoseconds.
    limit: AtomicU64,
    /// When its time is over, in nanoseconds after `made`; [`UNSET`] until that is first asked.
    deadline: AtomicU64,
    is_cut: AtomicBool,
}

impl Watch {
    pub(crate) fn new() -> Self {
        Self {
            made: Instant::now(),
            limit: AtomicU64::new(u64::MAX),
            deadline: AtomicU64::new(UNSET),
            is_cut: AtomicBool::new(false),
        }
    }

    /// Lets JavaScript run for `limit` from now. Now is when QuickJS first asks, which is early enough: most code has
    /// come to its end by then, and needs no clock.
    pub(crate) fn start(&self, limit: Duration) {
        self.is_cut.store(false, Ordering::Relaxed);
        self.limit.store(u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.deadline.store(UNSET, Ordering::Relaxed);
    }

    /// Whether the time is over; asked by QuickJS now and then.
    pub(crate) fn is_over(&self) -> bool {
        let now = u64::try_from(self.made.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let mut deadline = self.deadline.load(Ordering::Relaxed);
        if deadline == UNSET {
            deadline = now.saturating_add(self.limit.load(Ordering::Relaxed)).min(UNSET - 1);
            self.deadline.store(deadline, Ordering::Relaxed);
        }
        let is_over = now >= deadline;
        if is_over {
            self.is_cut.store(true, Ordering::Relaxed);
        }
        is_over
    }

    /// Whether JavaScript was cut off since it was let run.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed)
    }
}

/// What the natives share with the node.
pub(crate) struct Host {
    pub surroundings: Arc<dyn Surroundings>,
    actions: Mutex<Actions>,
    pub watch: Watch,
}

/// What is asked for, in order.
#[derive(Default)]
struct Actions {
    list: Vec<Action>,
    /// How many were taken before: a place counts from the first one ever.
    taken: u64,
}

impl Host {
    pub(crate) fn new(surroundings: Arc<dyn Surroundings>) -> Self {
        Self { surroundings, actions: Mutex::default(), watch: Watch::new() }
    }

    /// What was asked for since the last time.
    pub(crate) fn take_actions(&self) -> Vec<Action> {
        let mut actions = self.actions();
        actions.taken += actions.list.len() as u64;
        std::mem::take(&mut actions.list)
    }

    fn actions(&self) -> MutexGuard<'_, Actions> {
        self.actions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An error that belongs to no call: a promise was rejected and nobody looks at it.
    pub(crate) fn report(&self, error: ScriptError) {
        self.actions().list.push(Action::Error { call: 0, error, message: Some(Arc::default()) });
    }

    /// Notes what is to be done; gives its place.
    fn ask_at(&self, ctx: &Ctx<'_>, action: Action) -> Result<u64> {
        let mut actions = self.actions();
        if actions.list.len() >= ACTION_LIMIT {
            return Err(Exception::throw_range(ctx, "too many messages sent or lines logged at once"));
        }
        let place = actions.taken + actions.list.len() as u64;
        actions.list.push(action);
        Ok(place)
    }

    fn ask(&self, ctx: &Ctx<'_>, action: Action) -> Result<()> {
        self.ask_at(ctx, action).map(drop)
    }

    /// Puts messages where a place was kept for them.
    fn fill(&self, place: u64, messages: Outputs) {
        let mut actions = self.actions();
        let at = place.checked_sub(actions.taken).and_then(|at| usize::try_from(at).ok());
        if let Some(Action::Send { outputs, .. }) = at.and_then(|at| actions.list.get_mut(at)) {
            *outputs = messages;
        }
    }

    fn throw(&self, ctx: &Ctx<'_>, error: &NodeError) -> rquickjs::Error {
        Exception::throw_message(ctx, &self.surroundings.render(error))
    }
}

/// The natives as one object; JavaScript's prelude makes the public API of it.
pub(crate) fn natives<'js>(ctx: &Ctx<'js>, host: &Arc<Host>, output_count: usize) -> Result<JsObject<'js>> {
    let natives = JsObject::new(ctx.clone())?;
    let info = JsObject::new(ctx.clone())?;
    let node = host.surroundings.info();
    info.set("id", node.id.as_str())?;
    info.set("name", node.name.as_str())?;
    info.set("type", node.type_name.as_str())?;
    info.set("z", node.flow.as_str())?;
    info.set("path", node.full_path().as_str())?;
    info.set("outputCount", output_count)?;
    natives.set("info", info)?;
    asks(ctx, host, &natives)?;
    contexts(ctx, host, &natives)?;
    encodings(ctx, &natives)?;
    Ok(natives)
}

/// What is done once JavaScript has given control back.
fn asks<'js>(ctx: &Ctx<'js>, host: &Arc<Host>, natives: &JsObject<'js>) -> Result<()> {
    let set = |name: &str, native: Result<Function<'js>>| natives.set(name, native?);
    let me = host.clone();
    let send = move |ctx: Ctx<'js>, call: u32, Opt(messages): Opt<JsValue<'js>>| -> Result<()> {
        let Some(messages) = messages else { return Ok(()) };
        let outputs = outputs_of(&ctx, &*realm(&ctx)?, &messages)?;
        me.ask(&ctx, Action::Send { call, outputs })
    };
    set("send", Function::new(ctx.clone(), send))?;
    let me = host.clone();
    let reserve = move |ctx: Ctx<'js>, call: u32| -> Result<f64> {
        Ok(me.ask_at(&ctx, Action::Send { call, outputs: Outputs::None })? as f64)
    };
    set("reserve", Function::new(ctx.clone(), reserve))?;
    let me = host.clone();
    let fill = move |ctx: Ctx<'js>, place: f64, Opt(messages): Opt<JsValue<'js>>| -> Result<()> {
        let Some(messages) = messages else { return Ok(()) };
        me.fill(place as u64, outputs_of(&ctx, &*realm(&ctx)?, &messages)?);
        Ok(())
    };
    set("fill", Function::new(ctx.clone(), fill))?;
    let me = host.clone();
    let error = move |ctx: Ctx<'js>,
                      call: u32,
                      text: JsString<'js>,
                      cause: JsValue<'js>,
                      Opt(message): Opt<JsValue<'js>>|
          -> Result<()> {
        let realm = realm(&ctx)?;
        let error = ScriptError::reported(&realm, text_of(&realm, &text)?, &cause);
        let message = match message {
            Some(message) => match from_js(&ctx, &realm, &message)? {
                Value::Object(properties) => Some(properties),
                Value::Undefined | Value::Null => None,
                _ => Some(Arc::default()),
            },
            None => None,
        };
        me.ask(&ctx, Action::Error { call, error, message })
    };
    set("error", Function::new(ctx.clone(), error))?;
    let me = host.clone();
    let log = move |ctx: Ctx<'js>, level: u32, text: JsString<'js>| -> Result<()> {
        let level = match level {
            20 => Level::Error,
            30 => Level::Warn,
            50 => Level::Debug,
            60 => Level::Trace,
            _ => Level::Info,
        };
        let text = text_of(&*realm(&ctx)?, &text)?;
        me.ask(&ctx, Action::Log(level, text))
    };
    set("log", Function::new(ctx.clone(), log))?;
    let me = host.clone();
    let status = move |ctx: Ctx<'js>, fill: JsString<'js>, shape: JsString<'js>, text: JsString<'js>| {
        let (fill, shape, text) = {
            let realm = realm(&ctx)?;
            (text_of(&realm, &fill)?, text_of(&realm, &shape)?, text_of(&realm, &text)?)
        };
        me.ask(&ctx, Action::Status(fill, shape, text))
    };
    set("status", Function::new(ctx.clone(), status))?;
    let me = host.clone();
    let arm = move |ctx: Ctx<'js>, timer: u32, milliseconds: f64, repeats: bool, call: u32| {
        let delay = Duration::from_secs_f64((milliseconds / 1000.0).clamp(0.001, 1e7));
        me.ask(&ctx, Action::Arm { timer, delay, repeats, call })
    };
    set("arm", Function::new(ctx.clone(), arm))?;
    let me = host.clone();
    let disarm = move |ctx: Ctx<'js>, timer: u32| me.ask(&ctx, Action::Disarm(timer));
    set("disarm", Function::new(ctx.clone(), disarm))?;
    let me = host.clone();
    let done = move |ctx: Ctx<'js>, call: u32| me.ask(&ctx, Action::Done(call));
    set("done", Function::new(ctx.clone(), done))?;
    let me = host.clone();
    let link = move |ctx: Ctx<'js>,
                     call: u32,
                     link: u32,
                     target: JsValue<'js>,
                     message: JsValue<'js>,
                     milliseconds: f64|
          -> Result<()> {
        let realm = realm(&ctx)?;
        let target = target.as_string().map(|target| text_of(&realm, target)).transpose()?;
        let Some(target) = target.filter(|target| !target.trim().is_empty()) else {
            return Err(me.throw(&ctx, &NodeError::key("function.error.linkcallTargetInvalid")));
        };
        let Value::Object(message) = from_js(&ctx, &realm, &message)? else {
            return Err(me.throw(&ctx, &NodeError::key("function.error.linkcallMsgInvalid")));
        };
        let timeout = Duration::from_secs_f64((milliseconds / 1000.0).clamp(0.001, 1e7));
        me.ask(&ctx, Action::LinkCall { call, link, target, message, timeout })
    };
    set("linkCall", Function::new(ctx.clone(), link))?;
    let me = host.clone();
    let settled = move |ctx: Ctx<'js>, call: u32, is_fulfilled: bool, Opt(value): Opt<JsValue<'js>>| {
        let value = value.unwrap_or_else(|| JsValue::new_undefined(ctx.clone()));
        let realm = realm(&ctx)?;
        let result = if is_fulfilled {
            outputs_of(&ctx, &realm, &value).map_err(|error| ScriptError::caught(&ctx, &realm, error))
        } else {
            Err(ScriptError::thrown(&ctx, &realm, &value))
        };
        me.ask(&ctx, Action::Settled { call, result })
    };
    set("settled", Function::new(ctx.clone(), settled))
}

/// What is answered at once: environment, context, what a value is.
fn contexts<'js>(ctx: &Ctx<'js>, host: &Arc<Host>, natives: &JsObject<'js>) -> Result<()> {
    let set = |name: &str, native: Result<Function<'js>>| natives.set(name, native?);
    let me = host.clone();
    let env = move |ctx: Ctx<'js>, name: String| -> Result<JsValue<'js>> {
        to_js(&ctx, &*realm(&ctx)?, &me.surroundings.env(&name))
    };
    set("env", Function::new(ctx.clone(), env))?;
    let me = host.clone();
    let get = move |ctx: Ctx<'js>, scope: String, key: String, Opt(store): Opt<Option<String>>| {
        let value = me.surroundings.context_get(scope_named(&scope), store.flatten().as_deref(), &key);
        let value = value.map_err(|error| me.throw(&ctx, &error))?;
        let value: Result<JsValue<'js>> = to_js(&ctx, &*realm(&ctx)?, &value);
        value
    };
    set("contextGet", Function::new(ctx.clone(), get))?;
    let me = host.clone();
    let put = move |ctx: Ctx<'js>,
                    scope: String,
                    key: String,
                    value: JsValue<'js>,
                    Opt(store): Opt<Option<String>>|
          -> Result<()> {
        let value = from_js(&ctx, &*realm(&ctx)?, &value)?;
        let done = me.surroundings.context_set(scope_named(&scope), store.flatten().as_deref(), &key, value);
        done.map_err(|error| me.throw(&ctx, &error))
    };
    set("contextSet", Function::new(ctx.clone(), put))?;
    let me = host.clone();
    let keys = move |scope: String, Opt(store): Opt<Option<String>>| -> Vec<String> {
        let keys = me.surroundings.context_keys(scope_named(&scope), store.flatten().as_deref());
        keys.iter().map(ToString::to_string).collect()
    };
    set("contextKeys", Function::new(ctx.clone(), keys))?;
    let me = host.clone();
    let evaluate = move |ctx: Ctx<'js>, value: String, type_name: String, message: JsValue<'js>| {
        let realm = realm(&ctx)?;
        let message = from_js(&ctx, &realm, &message)?;
        let found = me.surroundings.evaluate(&value, &type_name, &message);
        let found = found.map_err(|error| me.throw(&ctx, &error))?;
        let found: Result<JsValue<'js>> = to_js(&ctx, &realm, &found);
        found
    };
    set("evaluate", Function::new(ctx.clone(), evaluate))?;
    natives.set("newId", Func::from(|| engine::message::new_id().to_string()))?;
    let is_handle = |ctx: Ctx<'js>, value: JsValue<'js>| -> Result<bool> {
        let realm = realm(&ctx)?;
        Ok(value.as_object().and_then(JsObject::get_prototype).as_ref() == Some(&realm.handle_prototype))
    };
    set("isHandle", Function::new(ctx.clone(), is_handle))?;
    let is_message = |ctx: Ctx<'js>, value: JsValue<'js>| -> Result<bool> {
        let realm = realm(&ctx)?;
        Ok(value.as_object().and_then(JsObject::get_prototype).as_ref() == Some(&realm.message_prototype))
    };
    set("isMessage", Function::new(ctx.clone(), is_message))
}

fn scope_named(name: &str) -> Scope {
    match name {
        "flow" => Scope::Flow,
        "global" => Scope::Global,
        _ => Scope::Node,
    }
}

/// Text to bytes and back, for Buffer.
fn encodings<'js>(ctx: &Ctx<'js>, natives: &JsObject<'js>) -> Result<()> {
    let encode = |ctx: Ctx<'js>, text: JsString<'js>, encoding: String| -> Result<TypedArray<'js, u8>> {
        let text = text_of(&*realm(&ctx)?, &text)?;
        view_of(&ctx, encode(&text, &encoding))
    };
    natives.set("encode", Function::new(ctx.clone(), encode)?)?;
    let decode = |ctx: Ctx<'js>, bytes: JsValue<'js>, encoding: String| -> Result<String> {
        match bytes_of(&bytes) {
            Some(bytes) => Ok(decode(&bytes, &encoding)),
            None => Err(Exception::throw_type(&ctx, "the bytes are gone: their memory was given away")),
        }
    };
    natives.set("decode", Function::new(ctx.clone(), decode)?)
}

/// As lenient as Node.js: padding or none, and whatever bits are left over.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose =
    GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT.with_encode_padding(false));

fn encode(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "hex" => {
            let digits = text.as_bytes().chunks_exact(2).map_while(|pair| {
                let digit = |at: usize| (pair[at] as char).to_digit(16);
                Some((digit(0)? << 4 | digit(1)?) as u8)
            });
            digits.collect()
        }
        // Both alphabets are read, and what belongs to neither is skipped.
        "base64" | "base64url" => {
            let end = text.find('=').unwrap_or(text.len());
            let digits = text.as_bytes()[..end].iter().filter_map(|byte| match byte {
                b'-' => Some(b'+'),
                b'_' => Some(b'/'),
                b'+' | b'/' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => Some(*byte),
                _ => None,
            });
            let mut digits: Vec<u8> = digits.collect();
            // A lone digit at the end holds less than a byte.
            if digits.len() % 4 == 1 {
                digits.pop();
            }
            BASE64.decode(&digits).unwrap_or_default()
        }
        "latin1" | "ascii" => text.encode_utf16().map(|unit| unit as u8).collect(),
        "utf16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

fn decode(bytes: &[u8], encoding: &str) -> String {
    match encoding {
        "hex" => bytes
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|digit| b"0123456789abcdef"[digit as usize] as char)
            .collect(),
        "base64" => BASE64.encode(bytes),
        "base64url" => BASE64_URL.encode(bytes),
        "latin1" => bytes.iter().map(|byte| *byte as char).collect(),
        "ascii" => bytes.iter().map(|byte| (byte & 0x7f) as char).collect(),
        "utf16le" => {
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
