// RED.util, and structuredClone which is the same as cloneMessage here.
(function (host, define) {
  'use strict';
  const clone = (value, seen = new Map()) => {
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    if (value instanceof Date) return new Date(value.getTime());
    if (value instanceof RegExp) return new RegExp(value.source, value.flags);
    if (ArrayBuffer.isView(value)) return value.slice();
    if (value instanceof ArrayBuffer) return value.slice(0);
    if (value instanceof Map) {
      const copy = new Map();
      seen.set(value, copy);
      value.forEach((item, key) => copy.set(clone(key, seen), clone(item, seen)));
      return copy;
    }
    if (value instanceof Set) {
      const copy = new Set();
      seen.set(value, copy);
      value.forEach((item) => copy.add(clone(item, seen)));
      return copy;
    }
    if (host.isHandle(value)) return value;
    const copy = Array.isArray(value) ? new Array(value.length) : host.isMessage(value) ? {} : Object.create(Object.getPrototypeOf(value));
    seen.set(value, copy);
    for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
    return copy;
  };

  // A property path: `a.b[0]["c d"]`, `a[msg.key]` with the message at hand.
  const fail = (path, at) => {
    const error = new Error(`Invalid property expression: unexpected ${path[at] ?? 'end'} at position ${at}`);
    error.code = 'INVALID_EXPR';
    throw error;
  };
  const parse = (path, message) => {
    if (typeof path !== 'string' || path === '') fail(String(path), 0);
    const parts = [];
    let at = 0;
    while (at < path.length) {
      if (path[at] === '[') {
        const quote = path[at + 1];
        if (quote === '"' || quote === "'") {
          const end = path.indexOf(quote, at + 2);
          if (end < 0 || path[end + 1] !== ']') fail(path, end < 0 ? path.length : end + 1);
          parts.push(path.slice(at + 2, end));
          at = end + 2;
        } else {
          let depth = 1;
          let end = at + 1;
          for (; end < path.length && depth > 0; end++) depth += path[end] === '[' ? 1 : path[end] === ']' ? -1 : 0;
          if (depth > 0) fail(path, path.length);
          const inner = path.slice(at + 1, end - 1);
          if (/^\d+$/.test(inner)) parts.push(Number(inner));
          else if (inner.startsWith('msg.') && message !== undefined) parts.push(getMessage(message, inner));
          else if (inner.startsWith('msg.')) parts.push(['msg', ...parse(inner.slice(4))]);
          else fail(path, at + 1);
          at = end;
        }
        if (at < path.length && path[at] !== '.' && path[at] !== '[') fail(path, at);
        if (path[at] === '.') {
          at++;
          if (at === path.length || path[at] === '[' || path[at] === '.') fail(path, at);
        }
      } else {
        const rest = /^[^.[\]'"\s]+/.exec(path.slice(at));
        if (rest === null) fail(path, at);
        parts.push(rest[0]);
        at += rest[0].length;
        if (path[at] === '.') {
          at++;
          if (at === path.length || path[at] === '[' || path[at] === '.') fail(path, at);
        } else if (at < path.length && path[at] !== '[') fail(path, at);
      }
    }
    return parts;
  };
  const getObject = (object, path) => {
    let value = object;
    for (const part of parse(path, object)) {
      if (value === undefined || value === null) throw new TypeError(`Cannot read property '${part}' of ${value}`);
      value = value[part];
    }
    return value;
  };
  const setObject = (object, path, value, createMissing) => {
    if (createMissing === undefined) createMissing = value !== undefined;
    const parts = parse(path, object);
    let at = object;
    for (let index = 0; index < parts.length - 1; index++) {
      let next = at[parts[index]];
      if (next === undefined || next === null) {
        if (!createMissing) return false;
        next = at[parts[index]] = typeof parts[index + 1] === 'number' ? [] : {};
      } else if (typeof next !== 'object') {
        const error = new Error(`Cannot set property of non-object type: ${parts.slice(0, index + 1).join('.')}`);
        throw error;
      }
      at = next;
    }
    const last = parts[parts.length - 1];
    if (value !== undefined) at[last] = value;
    else if (Array.isArray(at) && typeof last === 'number') at.splice(last, 1);
    else delete at[last];
    return true;
  };
  const withoutPrefix = (path) => (path.startsWith('msg.') ? path.slice(4) : path);
  const getMessage = (message, path) => getObject(message, withoutPrefix(path));

  const equal = (a, b) => {
    if (Object.is(a, b) || a === b) return true;
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
    if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
    if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) {
      return ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && a.length === b.length && a.every((item, at) => item === b[at]);
    }
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
  };
  const ensureString = (value) => {
    if (Buffer.isBuffer(value)) return value.toString();
    if (typeof value === 'object') return JSON.stringify(value);
    return String(value);
  };
  const evaluate = (value, type, node, message, callback) => {
    const result = () => {
      switch (type) {
        case 're': return new RegExp(value);
        case 'msg': return getMessage(message, value);
        case 'env': return globalThis.env.get(value);
        // Without a form it is the time now, as a number.
        case 'date': return host.evaluate(String(value ?? ''), type, {});
        case 'str': case 'num': case 'bool': case 'json': case 'bin': return host.evaluate(String(value), type, {});
        // A key may name a property of the message: `list[msg.topic]`.
        case 'flow': case 'global': return host.evaluate(String(value), type, String(value).includes('[msg') ? message ?? {} : {});
        case 'jsonata': return host.evaluate(String(value), type, message ?? {});
        default: return value;
      }
    };
    return answered(result, callback);
  };
  const answered = (work, callback) => {
    if (typeof callback !== 'function') return work();
    let found;
    try {
      found = work();
    } catch (error) {
      return callback(error);
    }
    return callback(null, found);
  };
  // A prepared expression is its text; what is wrong with it is said when it is evaluated.
  const prepare = (source) => Object.freeze({ source: String(source) });
  const evaluatePrepared = (expression, message, callback) =>
    answered(() => host.evaluate(expression.source, 'jsonata', message ?? {}), callback);

  define('structuredClone', (value) => clone(value));
  define('RED', Object.freeze({
    util: {
      cloneMessage: (message) => clone(message),
      generateId: () => host.newId(),
      getMessageProperty: getMessage,
      setMessageProperty: (message, path, value, createMissing) => setObject(message, withoutPrefix(path), value, createMissing),
      getObjectProperty: getObject,
      setObjectProperty: setObject,
      normalisePropertyExpression: (path, message, toText) => {
        const parts = parse(path, message);
        if (!toText) return parts;
        return parts.map((part, at) => (at === 0 ? part : typeof part === 'number' ? `[${part}]` : `["${part}"]`)).join('');
      },
      compareObjects: equal,
      ensureString,
      ensureBuffer: (value) => (Buffer.isBuffer(value) ? value : Buffer.from(ensureString(value))),
      evaluateNodeProperty: evaluate,
      prepareJSONataExpression: prepare,
      evaluateJSONataExpression: evaluatePrepared,
      parseContextStore: (key) => {
        const parts = /^#:\((\S+?)\)::(.*)$/.exec(key);
        return parts ? { store: parts[1], key: parts[2] } : { key };
      },
    },
  }));
})
