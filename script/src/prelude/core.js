// The world that a function node's code runs in: everything that most code touches. The rest stands in
// parts of its own, loaded when first asked for. Called once per runtime with the natives as `host`.
(function (host) {
  'use strict';
  const define = (target, name, value) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
  const hex = '0123456789abcdef';

  for (const [name, part] of [
    ['Buffer', 'buffer'], ['TextEncoder', 'buffer'], ['TextDecoder', 'buffer'], ['atob', 'buffer'],
    ['btoa', 'buffer'], ['URL', 'url'], ['URLSearchParams', 'url'], ['util', 'util'], ['promisify', 'util'],
    ['RED', 'red'], ['structuredClone', 'red'],
  ]) {
    Object.defineProperty(globalThis, name, {
      configurable: true,
      enumerable: false,
      get() {
        host.load(part);
        return globalThis[name];
      },
      set(value) {
        define(globalThis, name, value);
      },
    });
  }

  // ---- What a log line or an error shows of a value ----
  const textOf = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return String(value);
    if (typeof value === 'object' && value !== null) {
      try {
        return JSON.stringify(value);
      } catch {
        return String(value);
      }
    }
    return String(value);
  };

  // ---- console ----
  const LOG = { error: 20, warn: 30, info: 40, debug: 50, trace: 60 };
  const say = (level) => (...values) => {
    const plain = values.every((value) => typeof value === 'string') && !String(values[0]).includes('%');
    host.log(level, plain ? values.join(' ') : globalThis.util.format(...values));
  };
  define(globalThis, 'console', {
    log: say(LOG.info), info: say(LOG.info), warn: say(LOG.warn), error: say(LOG.error),
    debug: say(LOG.debug), trace: say(LOG.trace), dir: (value) => say(LOG.info)(value),
  });

  // ---- Timers: ids are numbers, so that they survive in context ----
  const timers = new Map();
  let lastTimer = 0;
  const LONGEST_DELAY = 2 ** 31 - 1;
  const arm = (repeat) => (action, delay, ...args) => {
    let milliseconds = Number(delay);
    if (!(milliseconds >= 1 && milliseconds <= LONGEST_DELAY)) milliseconds = 1;
    const id = ++lastTimer;
    host.arm(id, milliseconds, repeat, running);
    timers.set(id, { action, args, repeat });
    return id;
  };
  const clear = (id) => {
    if (timers.delete(Number(id))) host.disarm(Number(id));
  };
  define(globalThis, 'setTimeout', arm(false));
  define(globalThis, 'setInterval', arm(true));
  define(globalThis, 'setImmediate', (action, ...args) => arm(false)(action, 1, ...args));
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) define(globalThis, name, clear);
  const fire = (id, call) => {
    const timer = timers.get(id);
    if (timer === undefined) return;
    if (!timer.repeat) timers.delete(id);
    running = call;
    timer.action(...timer.args);
  };

  // ---- Link calls under way ----
  const links = new Map();
  let lastLink = 0;
  const LINK_TIMEOUT = 5000;
  const linkCall = async (call, target, message, { timeout, clone } = {}) => {
    const id = ++lastLink;
    const answer = await new Promise((resolve, reject) => {
      host.linkCall(call, id, target, message, Number(timeout) || LINK_TIMEOUT);
      links.set(id, { resolve, reject });
    });
    // A message that was not to be cloned is what came of it.
    return clone === false ? Object.assign(message, answer) : answer;
  };
  const answer = (id, call, isAnswered, value) => {
    const link = links.get(id);
    if (link === undefined) return;
    links.delete(id);
    running = call;
    if (isAnswered) link.resolve(value);
    else link.reject(new Error(value));
  };

  // ---- context, flow, global, env ----
  const contextOf = (scope) => {
    const split = (store, callback) =>
      typeof store === 'function' ? [undefined, store] : [store === undefined ? undefined : String(store), callback];
    const answer = (callback, work) => {
      if (callback === undefined) return work();
      if (typeof callback !== 'function') throw new Error('Callback must be a function');
      let values;
      try {
        values = work();
      } catch (error) {
        callback(error);
        return undefined;
      }
      if (Array.isArray(values)) callback(null, ...values);
      else callback(null, values);
      return undefined;
    };
    const check = (key) => {
      if (typeof key !== 'string' || key === '') throw new Error('Invalid property expression: key must be a text');
      return key;
    };
    return Object.freeze({
      get(key, store, callback) {
        [store, callback] = split(store, callback);
        if (Array.isArray(key)) return answer(callback, () => key.map((one) => host.contextGet(scope, check(one), store)));
        return answer(callback, () => {
          const value = host.contextGet(scope, check(key), store);
          return callback === undefined ? value : [value];
        });
      },
      set(key, value, store, callback) {
        [store, callback] = split(store, callback);
        return answer(callback, () => {
          if (Array.isArray(key)) {
            const values = Array.isArray(value) ? value : [value];
            key.forEach((one, at) => host.contextSet(scope, check(one), at < values.length ? values[at] : null, store));
          } else {
            host.contextSet(scope, check(key), value, store);
          }
        });
      },
      keys(store, callback) {
        [store, callback] = split(store, callback);
        return answer(callback, () => {
          const keys = host.contextKeys(scope, store);
          return callback === undefined ? keys : [keys];
        });
      },
    });
  };
  define(globalThis, 'context', { ...contextOf('node') });
  define(globalThis, 'flow', contextOf('flow'));
  define(globalThis, 'global', contextOf('global'));
  globalThis.context.flow = globalThis.flow;
  globalThis.context.global = globalThis.global;
  define(globalThis, 'env', Object.freeze({ get: (name) => host.env(String(name)) }));

  // ---- node ----
  // The call being run: what is sent belongs to the message that it was made for.
  let running = 0;
  const closers = [];
  const info = host.info;
  class Node {
    #call;
    constructor(call) {
      this.#call = call;
    }
    get id() { return info.id; }
    get name() { return info.name; }
    get path() { return info.path; }
    get type() { return info.type; }
    get z() { return info.z; }
    get outputCount() { return info.outputCount; }
    get send() {
      const call = this.#call;
      return (messages, clones) => {
        if (clones !== false) return host.send(call, messages);
        // In its place among what is sent, but as it is when the code has come to its end.
        const place = host.reserve(call);
        Promise.resolve().then(() => host.fill(place, messages)).catch((error) => host.error(call, textOf(error), error, {}));
        return undefined;
      };
    }
    get done() {
      const call = this.#call;
      return (error) => (error === undefined || error === null ? host.done(call) : this.error(error, {}));
    }
    get error() {
      const call = this.#call;
      return (reason, message) => {
        const isError = typeof reason === 'object' && reason !== null;
        host.error(call, textOf(reason), isError ? reason : undefined, message);
      };
    }
    get warn() { return (value) => host.log(LOG.warn, textOf(value)); }
    get log() { return (value) => host.log(LOG.info, textOf(value)); }
    get debug() { return (value) => host.log(LOG.debug, textOf(value)); }
    get trace() { return (value) => host.log(LOG.trace, textOf(value)); }
    get status() {
      return (status) => {
        if (typeof status !== 'object' || status === null) status = { text: status };
        const word = (value) => (value === undefined || value === null ? '' : String(value));
        host.status(word(status.fill), word(status.shape), word(status.text));
      };
    }
    get on() {
      return (event, listener) => {
        if (event === 'input') throw new Error('Cannot add listener to \'input\' event within Function');
        if (typeof listener !== 'function') throw new TypeError('the "listener" argument must be a function');
        if (event === 'close') closers.push(listener);
        return this;
      };
    }
    get linkcall() {
      const call = this.#call;
      return (target, message, options) => linkCall(call, target, message, options ?? {});
    }
    get metric() { return () => false; }
  }
  Object.defineProperty(Node.prototype, 'constructor', { enumerable: false });

  // ---- For the natives ----
  const messagePrototype = Object.create(Object.prototype);
  const handlePrototype = Object.create(Object.prototype);
  const settle = (call, promise) =>
    promise.then((result) => host.settled(call, true, result), (error) => host.settled(call, false, error));
  return {
    objectPrototype: Object.prototype,
    messagePrototype,
    handlePrototype,
    makeBuffer: (bytes) => globalThis.Buffer.from(bytes),
    makeDate: (milliseconds) => new Date(milliseconds),
    makeNode: (call) => ((running = call), new Node(call)),
    toNumber: (value) => Number(value),
    wellFormed: (text) => text.toWellFormed(),
    typeName: (value) => {
      if (Array.isArray(value)) return 'Array';
      if (value instanceof Date) return 'Date';
      if (ArrayBuffer.isView(value)) return 'Buffer';
      return '';
    },
    kindOf: (value) => {
      const prototype = Object.getPrototypeOf(value);
      if (prototype === null) return 'plain';
      if (prototype === handlePrototype) return 'handle';
      if (value instanceof Uint8Array || value instanceof ArrayBuffer) return 'bytes';
      if (value instanceof Date) return 'date';
      for (const kind of [Error, Map, Set, RegExp, Promise, String, Number, Boolean, WeakMap, WeakSet]) {
        if (value instanceof kind) return 'other';
      }
      return ArrayBuffer.isView(value) ? 'other' : 'plain';
    },
    standIn: (value) => {
      if (value instanceof Error) {
        const error = { name: value.name, message: value.message, stack: value.stack, ...value };
        if (value.cause !== undefined) error.cause = value.cause;
        return error;
      }
      if (value instanceof Map) return Object.fromEntries(value);
      if (value instanceof Set) return Array.from(value);
      if (value instanceof RegExp) return String(value);
      if (value instanceof String || value instanceof Number || value instanceof Boolean) return value.valueOf();
      if (value instanceof DataView) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      return ArrayBuffer.isView(value) ? Array.from(value) : {};
    },
    fire,
    answer,
    settle,
    close: () => {
      const listeners = closers.splice(0);
      for (const listener of listeners) {
        try {
          listener.call(new Node(0), false, () => {});
        } catch (error) {
          host.error(0, textOf(error), error, undefined);
        }
      }
      timers.clear();
    },
  };
})
