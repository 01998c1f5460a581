//! A message as JavaScript sees it: converted property by property, when touched.

use std::sync::Arc;

use ecow::EcoString;
use engine::{Handle, Object, Value};
use rquickjs::class::{
    ClassKind, JsCell, JsClass, PropertyDescriptor, PropertyName, Readable, Trace, Tracer, Writable,
};
use rquickjs::function::Constructor;
use rquickjs::{Atom, Class, Ctx, Error, Exception, Object as JsObject, Result, Value as JsValue};

use crate::convert::{text_of, to_js};
use crate::sandbox::Realm;
use crate::unchecked::keep_lent;

/// A message with more properties than this is converted as a whole: touched ones are looked up one by one.
pub(crate) const LAZY_LIMIT: usize = 64;

/// So many names of properties are remembered as text. More than most code has, and few enough to search.
const NAMES_LIMIT: usize = 64;

/// Something alive inside a message, such as an open HTTP exchange, on its way through JavaScript.
pub(crate) struct Opaque(pub Arc<dyn Handle>);

impl<'js> Trace<'js> for Opaque {
    fn trace<'a>(&self, _tracer: Tracer<'a, 'js>) {}
}

impl<'js> JsClass<'js> for Opaque {
    const NAME: &'static str = "Handle";
    type Mutable = Readable;

    fn prototype(ctx: &Ctx<'js>) -> Result<Option<JsObject<'js>>> {
        realm(ctx).map(|realm| Some(realm.handle_prototype.clone()))
    }

    fn constructor(_ctx: &Ctx<'js>) -> Result<Option<Constructor<'js>>> {
        Ok(None)
    }
}

/// A message that converts a property when it is touched and remembers what was touched.
pub(crate) struct LazyMessage<'js> {
    /// The message as it came, and what of the changes [`LazyMessage::commit`] has brought into it.
    source: Arc<Object>,
    /// What JavaScript has seen or set; a property here hides that of `source`.
    touched: Vec<Touched<'js>>,
}

struct Touched<'js> {
    key: EcoString,
    value: JsValue<'js>,
    /// Whether `source` does not have this value yet. Objects may change unseen: they always count as such.
    is_changed: bool,
}

impl<'js> LazyMessage<'js> {
    /// A message for JavaScript.
    pub(crate) fn instance(realm: &Realm<'js>, source: Arc<Object>) -> Result<Class<'js, Self>> {
        Class::instance_proto(Self { source, touched: Vec::new() }, realm.message_prototype.clone())
    }

    /// The message with everything that JavaScript did to it.
    ///
    /// # Errors
    /// Those of `convert`, which makes a value of what was touched.
    pub(crate) fn commit(
        this: &Class<'js, Self>,
        mut convert: impl FnMut(&JsValue<'js>) -> Result<Value>,
    ) -> Result<Arc<Object>> {
        let mut at = 0;
        while let Some((place, key, value)) = Self::next_changed(this, at)? {
            // A getter may run here, so nothing is borrowed meanwhile.
            let value = convert(&value)?;
            let mut this = this.try_borrow_mut()?;
            // One that took properties away moved the others: from the beginning, so that none is missed.
            at = match this.touched.get_mut(place).filter(|touched| touched.key == key) {
                Some(touched) => {
                    touched.is_changed = false;
                    place + 1
                }
                None => 0,
            };
            Arc::make_mut(&mut this.source).insert(key, value);
        }
        Ok(this.try_borrow()?.source.clone())
    }

    /// The first property from the place `from` on that may differ from what `source` has.
    fn next_changed(
        this: &Class<'js, Self>,
        from: usize,
    ) -> Result<Option<(usize, EcoString, JsValue<'js>)>> {
        let this = this.try_borrow()?;
        let mut touched = this.touched.iter().enumerate().skip(from);
        let found = touched.find(|(_, touched)| touched.is_changed || touched.value.is_object());
        Ok(found.map(|(at, touched)| (at, touched.key.clone(), touched.value.clone())))
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.touched.iter().position(|touched| touched.key == key)
    }

    /// The own property `key`, converted now if it was not touched before.
    fn own(cell: &JsCell<'js, Self>, ctx: &Ctx<'js>, key: &str) -> Result<Option<JsValue<'js>>> {
        let (key, value) = {
            let this = cell.try_borrow().map_err(Error::ClassBorrow)?;
            if let Some(at) = this.position(key) {
                return Ok(Some(this.touched[at].value.clone()));
            }
            let Some(value) = this.source.get(key) else { return Ok(None) };
            match value {
                // Cheaper to make again than to remember.
                Value::Undefined => return Ok(Some(JsValue::new_undefined(ctx.clone()))),
                Value::Null => return Ok(Some(JsValue::new_null(ctx.clone()))),
                Value::Bool(bool) => return Ok(Some(JsValue::new_bool(ctx.clone(), *bool))),
                Value::Number(number) => return Ok(Some(JsValue::new_number(ctx.clone(), *number))),
                _ => (EcoString::from(key), value.clone()),
            }
        };
        let value = to_js(ctx, &*realm(ctx)?, &value)?;
        cell.try_borrow_mut().map_err(Error::ClassBorrow)?.touched.push(Touched {
            key,
            value: value.clone(),
            is_changed: false,
        });
        Ok(Some(value))
    }

    fn has_own(&self, key: &str) -> bool {
        self.position(key).is_some() || self.source.contains_key(key)
    }
}

impl<'js> Trace<'js> for LazyMessage<'js> {
    fn trace<'a>(&self, tracer: Tracer<'a, 'js>) {
        self.touched.iter().for_each(|touched| touched.value.trace(tracer));
    }
}

impl<'js> JsClass<'js> for LazyMessage<'js> {
    const NAME: &'static str = "Message";
    const KIND: ClassKind = ClassKind::Exotic;
    type Mutable = Writable;

    fn prototype(ctx: &Ctx<'js>) -> Result<Option<JsObject<'js>>> {
        realm(ctx).map(|realm| Some(realm.message_prototype.clone()))
    }

    fn constructor(_ctx: &Ctx<'js>) -> Result<Option<Constructor<'js>>> {
        Ok(None)
    }

    fn exotic_get_property(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
        atom: Atom<'js>,
        _receiver: JsValue<'js>,
    ) -> Result<JsValue<'js>> {
        match Self::own(this, ctx, &key_of(ctx, &atom)?)? {
            Some(value) => Ok(value),
            None => realm(ctx)?.message_prototype.get(atom),
        }
    }

    fn exotic_set_property(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
        atom: Atom<'js>,
        _receiver: JsValue<'js>,
        value: JsValue<'js>,
    ) -> Result<bool> {
        keep_lent(ctx, &value);
        let key = key_of(ctx, &atom)?;
        let mut this = this.try_borrow_mut().map_err(Error::ClassBorrow)?;
        match this.position(&key) {
            Some(at) => {
                this.touched[at].value = value;
                this.touched[at].is_changed = true;
            }
            None => {
                if !this.source.contains_key(&key) && atom.to_value()?.is_symbol() {
                    return Err(Exception::throw_type(ctx, "a message has no symbols as property names"));
                }
                this.touched.push(Touched { key, value, is_changed: true });
            }
        }
        Ok(true)
    }

    fn exotic_delete_property(this: &JsCell<'js, Self>, ctx: &Ctx<'js>, atom: Atom<'js>) -> Result<bool> {
        let key = key_of(ctx, &atom)?;
        let mut this = this.try_borrow_mut().map_err(Error::ClassBorrow)?;
        // Freed only when nothing is borrowed: freeing may run a finalizer.
        let removed = this.position(&key).map(|at| this.touched.remove(at));
        if this.source.contains_key(&key) {
            Arc::make_mut(&mut this.source).remove(&key);
        }
        drop(this);
        drop(removed);
        Ok(true)
    }

    fn exotic_has_property(this: &JsCell<'js, Self>, ctx: &Ctx<'js>, atom: Atom<'js>) -> Result<bool> {
        if this.try_borrow().map_err(Error::ClassBorrow)?.has_own(&key_of(ctx, &atom)?) {
            return Ok(true);
        }
        realm(ctx)?.message_prototype.contains_key(atom)
    }

    fn exotic_get_own_property(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
        atom: Atom<'js>,
    ) -> Result<Option<PropertyDescriptor<'js>>> {
        let value = Self::own(this, ctx, &key_of(ctx, &atom)?)?;
        Ok(value.map(|value| PropertyDescriptor::new_value(value, true, true, true)))
    }

    fn exotic_get_own_property_names(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
    ) -> Result<Vec<PropertyName<'js>>> {
        let this = this.try_borrow().map_err(Error::ClassBorrow)?;
        let fresh = this.touched.iter().map(|touched| &touched.key);
        let names = this.source.keys().chain(fresh.filter(|key| !this.source.contains_key(key)));
        names
            .map(|name| Ok(PropertyName { atom: Atom::from_str(ctx.clone(), name)?, is_enumerable: true }))
            .collect()
    }
}

/// The realm of a context.
pub(crate) fn realm<'a, 'js>(ctx: &'a Ctx<'js>) -> Result<rquickjs::runtime::UserDataGuard<'a, Realm<'js>>> {
    ctx.userdata::<Realm<'js>>().ok_or(Error::Unknown)
}

/// A property's name; a symbol's is its description.
pub(crate) fn key_of<'js>(ctx: &Ctx<'js>, atom: &Atom<'js>) -> Result<EcoString> {
    let realm = realm(ctx)?;
    if let Some((_, name)) = realm.names.borrow().iter().find(|(known, _)| known == atom) {
        return Ok(name.clone());
    }
    let name = text_of(&realm, &atom.to_js_string()?)?;
    let mut names = realm.names.borrow_mut();
    if names.len() < NAMES_LIMIT {
        names.push((atom.clone(), name.clone()));
    }
    Ok(name)
}
