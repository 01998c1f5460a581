//! The code editor behind its boundary (`editor/code`): loaded when the first code field is shown.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

/// The function of the page that loads the code editor's module.
const LOADER: &str = "wireloomCode";

/// What a code editor is opened with.
pub(super) struct Options<'a> {
    /// What it shows first.
    pub text: &'a str,
    /// A name of [`crate::store::form::Language`].
    pub language: &'a str,
    /// Attributes of the element that is typed into.
    pub attributes: &'a [(&'a str, String)],
    /// What is said of a place that cannot be understood.
    pub syntax_error: String,
    /// Gets every text that is typed.
    pub on_input: Closure<dyn FnMut(String)>,
    /// Is called when the focus leaves.
    pub on_leave: Closure<dyn FnMut()>,
}

/// An open code editor. It closes when this goes.
pub(super) struct Mirror {
    code: JsValue,
    /// Called from the page as long as the editor is open.
    _on_input: Closure<dyn FnMut(String)>,
    _on_leave: Closure<dyn FnMut()>,
}

/// Loads the module; once, however often it is called.
///
/// # Errors
/// It cannot be fetched.
pub(super) async fn load() -> Result<JsValue, JsValue> {
    let loader: Function = Reflect::get(&js_sys::global(), &LOADER.into())?.dyn_into()?;
    let promise: Promise = loader.call0(&JsValue::UNDEFINED)?.dyn_into()?;
    JsFuture::from(promise).await
}

impl Mirror {
    /// Opens an editor inside an element.
    ///
    /// # Errors
    /// The module is not what it should be.
    pub(super) fn open(module: &JsValue, parent: &Element, options: Options<'_>) -> Result<Self, JsValue> {
        let attributes = object(options.attributes.iter().map(|(key, value)| (*key, value.into())))?;
        let given = object([
            ("text", options.text.into()),
            ("language", options.language.into()),
            ("attributes", attributes),
            ("syntaxError", options.syntax_error.into()),
            ("onInput", options.on_input.as_ref().clone()),
            ("onLeave", options.on_leave.as_ref().clone()),
        ])?;
        let open: Function = Reflect::get(module, &"open".into())?.dyn_into()?;
        let code = open.call2(&JsValue::UNDEFINED, parent, &given)?;
        Ok(Self { code, _on_input: options.on_input, _on_leave: options.on_leave })
    }

    /// Shows another text, where it is another.
    pub(super) fn set_text(&self, text: &str) {
        self.call("setText", &[text.into()]);
    }

    /// Takes the keyboard focus.
    pub(super) fn focus(&self) {
        self.call("focus", &[]);
    }

    /// Puts a text in place of what is selected.
    pub(super) fn insert(&self, text: &str) {
        self.call("insert", &[text.into()]);
    }

    fn call(&self, name: &str, arguments: &[JsValue]) {
        let function = Reflect::get(&self.code, &name.into()).and_then(JsCast::dyn_into::<Function>);
        if let Ok(function) = function {
            // An editor that is gone is asked in vain.
            let _ = function.apply(&self.code, &arguments.iter().collect());
        }
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.call("close", &[]);
    }
}

fn object<'a>(entries: impl IntoIterator<Item = (&'a str, JsValue)>) -> Result<JsValue, JsValue> {
    let object = Object::new();
    for (key, value) in entries {
        Reflect::set(&object, &key.into(), &value)?;
    }
    Ok(object.into())
}
