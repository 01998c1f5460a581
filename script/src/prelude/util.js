// The everyday part of Node.js's `util`.
(function (host, define) {
  'use strict';
  const QUOTE_FREE = /^[A-Za-z_$][\w$]*$/;
  const LINE_LENGTH = 72;

  const quote = (text) => {
    const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes('`') ? '`' : "'";
    const escaped = JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"');
    return mark + (mark === "'" ? escaped.replace(/'/g, "\\'") : escaped) + mark;
  };
  const inspectAt = (value, options, depth, seen) => {
    switch (typeof value) {
      case 'string': return quote(value);
      case 'bigint': return `${value}n`;
      case 'number': return Object.is(value, -0) ? '-0' : String(value);
      case 'symbol': return value.toString();
      case 'function': {
        const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'Function';
        return value.name ? `[${kind}${kind === 'class' ? '' : ':'} ${value.name}]` : `[${kind} (anonymous)]`;
      }
      case 'object': break;
      default: return String(value);
    }
    if (value === null) return 'null';
    if (seen.includes(value)) return '[Circular *1]';
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (value instanceof Error) return value.stack ? `${value}\n${value.stack.trimEnd()}` : `[${value}]`;
    if (value instanceof Promise) return 'Promise { <pending> }';
    if (host.isHandle(value)) return '[Handle]';
    if (value instanceof Uint8Array && globalThis.Buffer.isBuffer(value)) {
      const bytes = Array.from(value.subarray(0, 50), (byte) => byte.toString(16).padStart(2, '0'));
      const more = value.length > 50 ? ` ... ${value.length - 50} more byte${value.length > 51 ? 's' : ''}` : '';
      return `<Buffer${bytes.length ? ' ' : ''}${bytes.join(' ')}${more}>`;
    }
    const name = value.constructor && value.constructor.name;
    const isArray = Array.isArray(value);
    if (depth < 0 && Object.keys(value).length > 0) return isArray ? '[Array]' : `[${name || 'Object: null prototype'}]`;
    const within = seen.concat([value]);
    const inner = (item) => inspectAt(item, options, depth - 1, within);
    const property = (key) => {
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      const shown = descriptor && descriptor.get ? (descriptor.set ? '[Getter/Setter]' : '[Getter]') : inner(value[key]);
      return `${QUOTE_FREE.test(key) ? key : quote(key)}: ${shown}`;
    };
    let parts;
    let prefix = '';
    let open = '{';
    let close = '}';
    if (isArray || ArrayBuffer.isView(value)) {
      [open, close] = ['[', ']'];
      parts = Array.from(value).slice(0, 100).map(inner);
      if (value.length > 100) parts.push(`... ${value.length - 100} more item${value.length > 101 ? 's' : ''}`);
      if (isArray) parts.push(...Object.keys(value).filter((key) => !/^\d+$/.test(key)).map(property));
      else prefix = `${name}(${value.length}) `;
    } else if (value instanceof Map) {
      prefix = `Map(${value.size}) `;
      parts = Array.from(value, ([key, item]) => `${inner(key)} => ${inner(item)}`);
    } else if (value instanceof Set) {
      prefix = `Set(${value.size}) `;
      parts = Array.from(value, inner);
    } else {
      if (name === undefined || Object.getPrototypeOf(value) === null) prefix = '[Object: null prototype] ';
      else if (name !== 'Object') prefix = `${name} `;
      parts = Object.keys(value).map(property);
    }
    if (parts.length === 0) return `${prefix}${open}${close}`;
    const line = `${prefix}${open} ${parts.join(', ')} ${close}`;
    if ((line.length <= LINE_LENGTH && !line.includes('\n')) || options.breakLength === Infinity) return line;
    const body = parts.map((part) => `  ${part.replace(/\n/g, '\n  ')}`).join(',\n');
    return `${prefix}${open}\n${body}\n${close}`;
  };
  const inspect = (value, options) => {
    const given = typeof options === 'object' && options !== null ? options : {};
    const depth = given.depth === null ? Infinity : given.depth === undefined ? 2 : Number(given.depth);
    return inspectAt(value, given, depth, []);
  };
  inspect.custom = Symbol.for('nodejs.util.inspect.custom');

  const plain = (value) => (typeof value === 'string' ? value : inspect(value));
  const format = (first, ...rest) => {
    if (typeof first !== 'string') return [first, ...rest].map(plain).join(' ');
    let at = 0;
    const filled = first.replace(/%([sdifjoOc%])/g, (whole, kind) => {
      if (kind === '%') return '%';
      if (at >= rest.length) return whole;
      const value = rest[at++];
      switch (kind) {
        case 's': return typeof value === 'object' && value !== null ? inspect(value, { depth: 0 }) : typeof value === 'bigint' ? `${value}n` : String(value);
        case 'd': return typeof value === 'object' ? 'NaN' : typeof value === 'bigint' ? `${value}n` : String(Number(value));
        case 'i': return typeof value === 'object' ? 'NaN' : String(parseInt(value, 10));
        case 'f': return String(parseFloat(value));
        case 'j': try { return JSON.stringify(value); } catch { return '[Circular]'; }
        case 'c': return '';
        default: return inspect(value, { depth: 4 });
      }
    });
    return [filled, ...rest.slice(at).map(plain)].join(' ');
  };
  const promisify = (original) => {
    if (typeof original !== 'function') throw new TypeError('the "original" argument must be a function');
    return function (...args) {
      return new Promise((resolve, reject) => {
        original.call(this, ...args, (error, value) => (error ? reject(error) : resolve(value)));
      });
    };
  };
  const callbackify = (original) => (...args) => {
    const callback = args.pop();
    original(...args).then((value) => callback(null, value), (error) => callback(error));
  };
  const is = (kind) => (value) => value instanceof kind;

  define('promisify', promisify);
  define('util', {
    inspect, format, promisify, callbackify,
    inherits: (child, parent) => {
      child.super_ = parent;
      Object.setPrototypeOf(child.prototype, parent.prototype);
    },
    deprecate: (action) => action,
    isDeepStrictEqual: (a, b) => globalThis.RED.util.compareObjects(a, b),
    isArray: Array.isArray,
    types: {
      isDate: is(Date), isRegExp: is(RegExp), isPromise: is(Promise), isMap: is(Map), isSet: is(Set),
      isNativeError: is(Error), isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
      isUint8Array: is(Uint8Array), isArrayBuffer: is(ArrayBuffer),
    },
    get TextEncoder() { return globalThis.TextEncoder; },
    get TextDecoder() { return globalThis.TextDecoder; },
  });
})
