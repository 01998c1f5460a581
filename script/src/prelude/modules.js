// Modules that code asks for by name: some of Node.js's, and packages of plain JavaScript (CommonJS).
(function (host, define) {
  'use strict';
  const missing = (name) => {
    const error = new Error(`Cannot find module '${name}'`);
    error.code = 'MODULE_NOT_FOUND';
    return error;
  };

  // ---- path: POSIX's, as Node.js has it ----
  const parts = (path, isAbsolute) => {
    const kept = [];
    for (const part of path.split('/')) {
      if (part === '' || part === '.') continue;
      if (part !== '..') kept.push(part);
      else if (kept.length > 0 && kept[kept.length - 1] !== '..') kept.pop();
      else if (!isAbsolute) kept.push('..');
    }
    return kept;
  };
  const normalize = (path) => {
    const isAbsolute = path.startsWith('/');
    const body = parts(path, isAbsolute).join('/');
    const end = body !== '' && path.endsWith('/') ? '/' : '';
    return (isAbsolute ? '/' : '') + body + end || '.';
  };
  const basename = (path, suffix = '') => {
    const base = path.replace(/\/+$/, '').split('/').pop() ?? '';
    return suffix !== '' && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
  };
  const dirname = (path) => {
    const rest = path.replace(/\/+$/, '');
    const at = rest.lastIndexOf('/');
    return at < 0 ? (path.startsWith('/') ? '/' : '.') : rest.slice(0, at).replace(/\/+$/, '') || '/';
  };
  const extname = (path) => /^.+(\.[^.]*)$/.exec(basename(path))?.[1] ?? '';
  const resolve = (...paths) => {
    let whole = '';
    for (let at = paths.length - 1; at >= 0 && !whole.startsWith('/'); at--) {
      if (paths[at] !== '') whole = whole === '' ? paths[at] : `${paths[at]}/${whole}`;
    }
    return `/${parts(whole, true).join('/')}`;
  };
  const path = {
    sep: '/', delimiter: ':', normalize, basename, dirname, extname, resolve,
    join: (...paths) => normalize(paths.filter((one) => one !== '').join('/')),
    isAbsolute: (one) => one.startsWith('/'),
    relative: (from, to) => {
      const [a, b] = [parts(resolve(from), true), parts(resolve(to), true)];
      let same = 0;
      while (same < a.length && same < b.length && a[same] === b[same]) same++;
      return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/');
    },
    parse: (one) => {
      const [base, ext] = [basename(one), extname(one)];
      const dir = dirname(one);
      return {
        root: one.startsWith('/') ? '/' : '', dir: dir === '.' && !one.startsWith('.') ? '' : dir,
        base, ext, name: ext === '' ? base : base.slice(0, -ext.length),
      };
    },
    format: ({ dir, root = '', base, name = '', ext = '' }) => {
      const file = base ?? name + ext;
      return dir ? (dir === root ? dir + file : `${dir}/${file}`) : root + file;
    },
  };
  path.posix = path;

  // ---- os: what kind of machine it is; nothing of who uses it ----
  const machine = host.machine();
  const os = {
    EOL: '\n', type: () => machine.type, platform: () => machine.platform, arch: () => machine.arch,
    endianness: () => machine.endianness, availableParallelism: () => machine.processors,
    tmpdir: () => '/tmp', devNull: '/dev/null',
  };

  // ---- crypto: hashes and random values ----
  const bytesOf = (data, encoding) => (typeof data === 'string' ? Buffer.from(data, encoding) : Buffer.from(data));
  const BLOCK = { md5: 64, sha1: 64, sha224: 64, sha256: 64, sha384: 128, sha512: 128 };
  const nameOf = (algorithm) => {
    const name = String(algorithm).toLowerCase().replace('-', '');
    if (!Object.hasOwn(BLOCK, name)) throw new Error(`Digest method not supported: ${algorithm}`);
    return name;
  };
  const hash = (name, bytes) => Buffer.from(host.hash(name, bytes));
  class Digest {
    #chunks = [];
    #finish;
    constructor(finish) {
      this.#finish = finish;
    }
    update(data, encoding) {
      this.#chunks.push(bytesOf(data, encoding));
      return this;
    }
    digest(encoding) {
      const digest = this.#finish(Buffer.concat(this.#chunks));
      return encoding === undefined || encoding === 'buffer' ? digest : digest.toString(encoding);
    }
  }
  const createHmac = (algorithm, key) => {
    const name = nameOf(algorithm);
    let secret = bytesOf(key);
    if (secret.length > BLOCK[name]) secret = hash(name, secret);
    const padded = Buffer.concat([secret, Buffer.alloc(BLOCK[name] - secret.length)]);
    const masked = (mask) => Buffer.from(padded.map((byte) => byte ^ mask));
    return new Digest((data) => hash(name, Buffer.concat([masked(0x5c), hash(name, Buffer.concat([masked(0x36), data]))])));
  };
  const RANDOM_LIMIT = 2 ** 31 - 1;
  const randomBytes = (asked) => {
    const size = Number(asked);
    if (!(size >= 0 && size <= RANDOM_LIMIT)) throw new RangeError(`The number of random bytes must be from 0 to ${RANDOM_LIMIT}`);
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < bytes.length;) {
      const chunk = host.random(bytes.length - at);
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  };
  const crypto = {
    createHash: (algorithm) => {
      const name = nameOf(algorithm);
      return new Digest((data) => hash(name, data));
    },
    createHmac, randomBytes,
    getHashes: () => Object.keys(BLOCK),
    randomUUID: () => {
      const bytes = randomBytes(16);
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    },
    randomInt: (low, high) => {
      const [from, to] = high === undefined ? [0, low] : [low, high];
      const range = to - from;
      if (!(range > 0 && range <= 2 ** 48 - 1)) throw new RangeError('The range of random integers is empty or too large');
      // Values beyond the last whole multiple of the range are drawn again, so that none is likelier.
      const limit = 2 ** 48 - (2 ** 48 % range);
      let value;
      do {
        value = randomBytes(6).reduce((sum, byte) => sum * 256 + byte, 0);
      } while (value >= limit);
      return from + (value % range);
    },
    timingSafeEqual: (a, b) => {
      if (a.length !== b.length) throw new RangeError('Input buffers must have the same byte length');
      return a.reduce((differing, byte, at) => differing | (byte ^ b[at]), 0) === 0;
    },
  };

  // ---- events ----
  class EventEmitter {
    #listeners = new Map();
    on(name, listener) {
      this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
      return this;
    }
    once(name, listener) {
      const once = (...args) => {
        this.off(name, once);
        listener.apply(this, args);
      };
      once.listener = listener;
      return this.on(name, once);
    }
    off(name, listener) {
      const kept = (this.#listeners.get(name) ?? []).filter((one) => one !== listener && one.listener !== listener);
      this.#listeners.set(name, kept);
      return this;
    }
    removeAllListeners(name) {
      if (name === undefined) this.#listeners.clear();
      else this.#listeners.delete(name);
      return this;
    }
    emit(name, ...args) {
      const listeners = this.#listeners.get(name) ?? [];
      if (name === 'error' && listeners.length === 0) throw args[0] instanceof Error ? args[0] : new Error(String(args[0]));
      for (const listener of listeners) listener.apply(this, args);
      return listeners.length > 0;
    }
    listeners(name) { return [...(this.#listeners.get(name) ?? [])]; }
    listenerCount(name) { return (this.#listeners.get(name) ?? []).length; }
    setMaxListeners() { return this; }
  }
  Object.assign(EventEmitter.prototype, {
    addListener: EventEmitter.prototype.on, removeListener: EventEmitter.prototype.off,
  });
  EventEmitter.EventEmitter = EventEmitter;

  const querystring = {
    parse: (text) => {
      const found = {};
      for (const [key, value] of new URLSearchParams(text)) {
        found[key] = Object.hasOwn(found, key) ? [found[key], value].flat() : value;
      }
      return found;
    },
    stringify: (values) => Object.entries(values)
      .flatMap(([key, value]) => [value].flat().map((one) => `${encodeURIComponent(key)}=${encodeURIComponent(one ?? '')}`))
      .join('&'),
    escape: encodeURIComponent, unescape: decodeURIComponent,
  };
  const assert = (value, message) => {
    if (!value) throw message instanceof Error ? message : new Error(message ?? 'The expression evaluated to a falsy value');
  };
  const same = (isSame) => (a, b, message) => assert(isSame(a, b), message ?? 'Expected values to be equal');
  const deep = (a, b) => globalThis.RED.util.compareObjects(a, b);
  Object.assign(assert, {
    ok: assert, equal: same((a, b) => a == b), strictEqual: same(Object.is), deepEqual: same(deep), deepStrictEqual: same(deep),
  });

  const builtIn = {
    assert: () => assert, buffer: () => ({ Buffer, atob, btoa }), crypto: () => crypto, events: () => EventEmitter,
    os: () => os, path: () => path, querystring: () => querystring, util: () => globalThis.util,
    timers: () => ({ setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate }),
    url: () => ({ URL, URLSearchParams }),
  };

  // ---- Packages ----
  const cache = new Map();
  const run = ({ path: file, source }) => {
    const known = cache.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {}, id: file, filename: file, loaded: false };
    cache.set(file, module);
    try {
      if (file.endsWith('.json')) {
        module.exports = JSON.parse(source);
      } else {
        const body = host.compile(file, source);
        body.call(module.exports, module.exports, (name) => load(name, file), module, file, dirname(file));
      }
    } catch (error) {
      cache.delete(file);
      throw error;
    }
    module.loaded = true;
    return module.exports;
  };
  const load = (name, from) => {
    const plain = name.startsWith('node:') ? name.slice(5) : name;
    if (Object.hasOwn(builtIn, plain)) return builtIn[plain]();
    const found = host.findModule(name, from);
    if (found === undefined) throw missing(name);
    return run(found);
  };
  // All of a package's exports, also where it was made of an ECMAScript module: as Node.js imports CommonJS.
  host.library = (variable, name) => define(variable, load(name, ''));
})
