//! Values as JSONata has them, and back.

use std::cell::RefCell;
use std::rc::Rc;

use jsonata::{Data, Fields};

use crate::value::{Object, Value};

/// Values that JSONata does not have (buffers, dates, handles), as long as an evaluation takes: in there each is
/// an object that only says which it is, so that it can be passed on.
#[derive(Default)]
pub(super) struct Kept(RefCell<Vec<Value>>);

/// The field that says which value of the list an object stands for. No message has a field of this name.
const MARK: &str = "\0kept";

impl Kept {
    /// A value as JSONata has it.
    pub(super) fn data_of(&self, value: &Value) -> Data {
        match value {
            Value::Undefined => Data::Undefined,
            Value::Null => Data::Null,
            Value::Bool(bool) => Data::Bool(*bool),
            Value::Number(number) => Data::Number(*number),
            Value::String(text) => Data::String(Rc::from(text.as_str())),
            Value::Array(items) => Data::array(items.iter().map(|item| self.data_of(item)).collect()),
            Value::Object(object) => self.data_of_object(object, |_| true),
            Value::Buffer(_) | Value::Date(_) | Value::Handle(_) => {
                let mut kept = self.0.borrow_mut();
                let mut fields = Fields::from([(MARK.to_owned(), Data::from(kept.len()))]);
                if let Value::Buffer(bytes) = value {
                    fields.insert("length".to_owned(), bytes.len().into());
                }
                kept.push(value.clone());
                Data::object(fields)
            }
        }
    }

    /// An object of those fields that are read.
    pub(super) fn data_of_object(&self, object: &Object, is_read: impl Fn(&str) -> bool) -> Data {
        let fields = object.iter().filter(|(name, _)| is_read(name));
        Data::object(fields.map(|(name, value)| (name.to_string(), self.data_of(value))).collect())
    }

    /// The value that an object stands for.
    pub(super) fn find(&self, data: &Data) -> Option<Value> {
        let at = data.get(MARK)?.as_f64()?;
        self.0.borrow().get(at as usize).cloned()
    }

    /// A value as messages have it. Functions are undefined.
    pub(super) fn value_of(&self, data: &Data) -> Value {
        match data {
            Data::Null => Value::Null,
            Data::Bool(bool) => Value::Bool(*bool),
            Data::Number(number) => Value::Number(*number),
            Data::String(text) => Value::from(&**text),
            Data::Array(items) => items.iter().map(|item| self.value_of(item)).collect(),
            Data::Object(fields) => {
                if let Some(milliseconds) = super::moment::milliseconds(data) {
                    return Value::Date(milliseconds);
                }
                match self.find(data) {
                    // Nothing was added to it: it is what it stands for.
                    Some(value) if fields.keys().all(|name| name == MARK || name == "length") => value,
                    _ => {
                        let fields = fields.iter().filter(|(name, _)| name.as_str() != MARK);
                        let fields = fields.map(|(name, value)| (name.as_str(), self.value_of(value)));
                        Value::from(fields.collect::<Object>())
                    }
                }
            }
            Data::Undefined | Data::Lambda(_) | Data::Builtin { .. } | Data::Regex { .. } => Value::Undefined,
        }
    }
}
