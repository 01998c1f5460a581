//! Values into JavaScript and back.

use std::sync::Arc;

use bytes::Bytes;
use ecow::EcoString;
use engine::{Object, Value};
use rquickjs::object::Filter;
use rquickjs::{
    Array, ArrayBuffer, Atom, BigInt, Class, Ctx, Error, Exception, Object as JsObject, Result,
    String as JsString, Type, TypedArray, Value as JsValue,
};

use crate::lazy::{LazyMessage, Opaque};
use crate::sandbox::Realm;
use crate::unchecked::{copy_of_buffer, copy_of_view};

/// Values nested deeper than this do not cross; a cycle is found by it too.
const DEPTH_LIMIT: usize = 200;
/// Values that may cross at once: a few shared references can unfold to more than any memory holds.
const COUNT_LIMIT: usize = 5_000_000;

/// `value` as a JavaScript value; objects and arrays are copied, handles are wrapped.
pub(crate) fn to_js<'js>(ctx: &Ctx<'js>, realm: &Realm<'js>, value: &Value) -> Result<JsValue<'js>> {
    nested_to_js(ctx, realm, value, DEPTH_LIMIT)
}

fn nested_to_js<'js>(
    ctx: &Ctx<'js>,
    realm: &Realm<'js>,
    value: &Value,
    depth: usize,
) -> Result<JsValue<'js>> {
    Ok(match value {
        Value::Undefined => JsValue::new_undefined(ctx.clone()),
        Value::Null => JsValue::new_null(ctx.clone()),
        Value::Bool(bool) => JsValue::new_bool(ctx.clone(), *bool),
        Value::Number(number) => JsValue::new_number(ctx.clone(), *number),
        Value::String(text) => JsString::from_str(ctx.clone(), text)?.into_value(),
        Value::Buffer(bytes) => {
            realm.make_buffer.call((ArrayBuffer::new_copy(ctx.clone(), bytes.as_ref())?,))?
        }
        Value::Date(milliseconds) => realm.make_date.call((*milliseconds,))?,
        Value::Array(items) => {
            let depth = deeper(ctx, depth)?;
            let array = Array::new(ctx.clone())?;
            for (at, item) in items.iter().enumerate() {
                array.set(at, nested_to_js(ctx, realm, item, depth)?)?;
            }
            array.into_value()
        }
        Value::Object(object) => {
            let depth = deeper(ctx, depth)?;
            let copy = JsObject::new(ctx.clone())?;
            for (key, item) in object.iter() {
                // Setting this one would change the prototype.
                if key != "__proto__" {
                    copy.set(key.as_str(), nested_to_js(ctx, realm, item, depth)?)?;
                }
            }
            copy.into_value()
        }
        Value::Handle(handle) => Class::instance(ctx.clone(), Opaque(handle.clone()))?.into_value(),
    })
}

/// A JavaScript value as a [`Value`]. Functions and symbols become undefined, as they cannot travel.
///
/// # Errors
/// Throws a `TypeError` for what is nested too deep (or in a circle), and whatever a getter throws.
pub(crate) fn from_js<'js>(ctx: &Ctx<'js>, realm: &Realm<'js>, value: &JsValue<'js>) -> Result<Value> {
    Reader { ctx, realm, count: 0 }.read(value, DEPTH_LIMIT)
}

/// The text of a JavaScript string; a lone surrogate becomes U+FFFD.
pub(crate) fn text_of<'js>(realm: &Realm<'js>, text: &JsString<'js>) -> Result<EcoString> {
    match text.to_string() {
        Ok(text) => Ok(text.into()),
        Err(Error::Utf8(_)) => {
            let well_formed: JsString<'js> = realm.well_formed.call((text.clone(),))?;
            Ok(well_formed.to_string()?.into())
        }
        Err(error) => Err(error),
    }
}

/// The bytes of a `Uint8Array` (so of a `Buffer`) or an `ArrayBuffer`.
pub(crate) fn bytes_of<'js>(value: &JsValue<'js>) -> Option<Bytes> {
    let object = value.as_object()?;
    if let Some(view) = object.as_typed_array::<u8>() {
        return copy_of_view(view);
    }
    object.as_array_buffer().and_then(copy_of_buffer)
}

fn deeper(ctx: &Ctx<'_>, depth: usize) -> Result<usize> {
    depth.checked_sub(1).ok_or_else(|| {
        Exception::throw_type(ctx, "the value is nested too deep to travel, or it contains itself")
    })
}

struct Reader<'a, 'js> {
    ctx: &'a Ctx<'js>,
    realm: &'a Realm<'js>,
    count: usize,
}

impl<'js> Reader<'_, 'js> {
    fn read(&mut self, value: &JsValue<'js>, depth: usize) -> Result<Value> {
        self.count += 1;
        if self.count > COUNT_LIMIT {
            return Err(Exception::throw_range(self.ctx, "the value is too large to travel"));
        }
        Ok(match value.type_of() {
            Type::Null => Value::Null,
            Type::Bool => value.as_bool().into(),
            Type::Int | Type::Float => value.as_number().into(),
            Type::String => match value.as_string() {
                Some(text) => Value::String(text_of(self.realm, text)?),
                None => Value::Undefined,
            },
            Type::BigInt => value.clone().into_big_int().map_or(Value::Undefined, |big| self.big_int(big)),
            Type::Array => match value.as_array() {
                Some(array) => self.array(array, deeper(self.ctx, depth)?)?,
                None => Value::Undefined,
            },
            Type::Object | Type::Exception | Type::Proxy | Type::Promise => match value.as_object() {
                Some(object) => self.object(object, deeper(self.ctx, depth)?)?,
                None => Value::Undefined,
            },
            _ => Value::Undefined,
        })
    }

    /// Big integers travel as numbers, the only kind that messages have.
    fn big_int(&self, big: BigInt<'js>) -> Value {
        let number: Result<f64> = self.realm.to_number.call((big,));
        number.ok().into()
    }

    fn array(&mut self, array: &Array<'js>, depth: usize) -> Result<Value> {
        let mut items = Vec::with_capacity(array.len().min(1024));
        for at in 0..array.len() {
            items.push(self.read(&array.get(at)?, depth)?);
        }
        Ok(items.into())
    }

    fn object(&mut self, object: &JsObject<'js>, depth: usize) -> Result<Value> {
        let prototype = object.get_prototype();
        if prototype.as_ref() == Some(&self.realm.object_prototype) {
            return self.plain(object, depth);
        }
        if prototype.as_ref() == Some(&self.realm.message_prototype)
            && let Some(message) = object.as_class::<LazyMessage<'js>>()
        {
            return Ok(Value::Object(LazyMessage::commit(message, |value| self.read(value, depth))?));
        }
        let kind: String = self.realm.kind_of.call((object.clone(),))?;
        match kind.as_str() {
            "handle" => Ok(object
                .as_class::<Opaque>()
                .map_or(Value::Undefined, |opaque| Value::Handle(opaque.borrow().0.clone()))),
            "bytes" => Ok(bytes_of(object.as_value()).map_or(Value::Null, Value::buffer)),
            "date" => Ok(Value::Date(self.realm.to_number.call((object.clone(),))?)),
            "plain" => self.plain(object, depth),
            // Maps, sets, errors, other typed arrays and boxed values have a plain stand-in.
            _ => {
                let stand_in: JsValue<'js> = self.realm.stand_in.call((object.clone(),))?;
                match stand_in.as_object() {
                    Some(object) if !stand_in.is_array() => self.plain(object, depth),
                    _ => self.read(&stand_in, depth),
                }
            }
        }
    }

    fn plain(&mut self, object: &JsObject<'js>, depth: usize) -> Result<Value> {
        let mut entries = Object::new();
        for entry in object.own_props::<Atom<'js>, JsValue<'js>>(Filter::new().string().enum_only()) {
            let (key, value) = entry?;
            if value.is_function() {
                continue;
            }
            let value = self.read(&value, depth)?;
            entries.insert(text_of(self.realm, &key.to_js_string()?)?, value);
        }
        Ok(Value::Object(Arc::new(entries)))
    }
}

/// A view of bytes as `Uint8Array`, by which natives hand bytes over.
pub(crate) fn view_of<'js>(ctx: &Ctx<'js>, bytes: Vec<u8>) -> Result<TypedArray<'js, u8>> {
    TypedArray::new(ctx.clone(), bytes)
}
