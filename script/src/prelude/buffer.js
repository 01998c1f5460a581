// Node.js's Buffer on Uint8Array, TextEncoder, TextDecoder, atob and btoa. The natives do the encodings.
(function (host, define) {
  'use strict';
  const ENCODINGS = {
    utf8: 'utf8', 'utf-8': 'utf8', hex: 'hex', base64: 'base64', base64url: 'base64url', ascii: 'ascii',
    latin1: 'latin1', binary: 'latin1', ucs2: 'utf16le', 'ucs-2': 'utf16le', utf16le: 'utf16le', 'utf-16le': 'utf16le',
  };
  const named = (encoding) => {
    if (encoding === undefined || encoding === null || encoding === '') return 'utf8';
    const known = ENCODINGS[String(encoding).toLowerCase()];
    if (known === undefined) {
      const error = new TypeError(`Unknown encoding: ${encoding}`);
      error.code = 'ERR_UNKNOWN_ENCODING';
      throw error;
    }
    return known;
  };
  const range = (message) => {
    const error = new RangeError(message);
    error.code = 'ERR_OUT_OF_RANGE';
    return error;
  };
  const encode = (text, encoding) => {
    const bytes = host.encode(text, named(encoding));
    return new Buffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  const clamp = (at, length, otherwise) => {
    if (at === undefined) return otherwise;
    at = Math.trunc(Number(at)) || 0;
    if (at < 0) at += length;
    return at < 0 ? 0 : at > length ? length : at;
  };
  // Offsets of the read and write functions: they must lie inside.
  const place = (buffer, offset, size) => {
    if (typeof offset !== 'number') throw new TypeError('the "offset" argument must be a number');
    if (!Number.isInteger(offset) || offset < 0 || offset + size > buffer.length) {
      throw range(`The value of "offset" is out of range. It must be >= 0 and <= ${Math.max(0, buffer.length - size)}. Received ${offset}`);
    }
    return offset;
  };
  const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);

  class Buffer extends Uint8Array {
    constructor(source, encodingOrOffset, length) {
      if (typeof source === 'string') super(host.encode(source, named(encodingOrOffset)));
      else if (source instanceof ArrayBuffer) super(source, encodingOrOffset, length);
      else super(source);
    }

    static from(source, encodingOrOffset, length) {
      if (typeof source === 'string') return encode(source, encodingOrOffset);
      if (source instanceof ArrayBuffer) return new Buffer(source, encodingOrOffset, length);
      if (ArrayBuffer.isView(source)) {
        const copy = new Buffer(source.length);
        copy.set(source);
        return copy;
      }
      if (Array.isArray(source)) return new Buffer(source.map((byte) => Number(byte) & 255));
      if (typeof source === 'object' && source !== null) {
        if (source.type === 'Buffer' && Array.isArray(source.data)) return Buffer.from(source.data);
        if (source instanceof String) return encode(source.valueOf(), encodingOrOffset);
        if (typeof source.length === 'number') return Buffer.from(Array.from(source));
      }
      const error = new TypeError(
        `The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received ${source === null ? 'null' : `type ${typeof source}`}`);
      error.code = 'ERR_INVALID_ARG_TYPE';
      throw error;
    }
    static of(...bytes) { return Buffer.from(bytes); }
    static alloc(size, fill, encoding) {
      if (typeof size !== 'number') throw new TypeError('The "size" argument must be of type number');
      if (!(size >= 0)) throw range(`The value of "size" is out of range. Received ${size}`);
      const buffer = new Buffer(Math.trunc(size));
      return fill === undefined || fill === 0 ? buffer : buffer.fill(fill, encoding);
    }
    static allocUnsafe(size) { return Buffer.alloc(size); }
    static allocUnsafeSlow(size) { return Buffer.alloc(size); }
    static isBuffer(value) { return value instanceof Buffer; }
    static isEncoding(encoding) { return typeof encoding === 'string' && ENCODINGS[encoding.toLowerCase()] !== undefined; }
    static byteLength(value, encoding) {
      return typeof value === 'string' ? host.encode(value, named(encoding)).length : value.byteLength;
    }
    static concat(list, total) {
      if (!Array.isArray(list)) throw new TypeError('The "list" argument must be an instance of Array');
      if (total === undefined) total = list.reduce((sum, part) => sum + part.length, 0);
      const all = Buffer.alloc(total);
      let at = 0;
      for (const part of list) {
        if (at >= total) break;
        const fits = at + part.length > total ? part.subarray(0, total - at) : part;
        all.set(fits, at);
        at += fits.length;
      }
      return all;
    }
    static compare(a, b) {
      const shorter = Math.min(a.length, b.length);
      for (let at = 0; at < shorter; at++) if (a[at] !== b[at]) return a[at] < b[at] ? -1 : 1;
      return Math.sign(a.length - b.length);
    }

    get parent() { return this.buffer; }
    get offset() { return this.byteOffset; }
    toString(encoding, start, end) {
      const from = clamp(start, this.length, 0);
      const to = clamp(end, this.length, this.length);
      return from >= to ? '' : host.decode(this.subarray(from, to), named(encoding));
    }
    toLocaleString(encoding, start, end) { return this.toString(encoding, start, end); }
    toJSON() { return { type: 'Buffer', data: Array.from(this) }; }
    inspect() { return globalThis.util.inspect(this); }
    equals(other) { return this === other || Buffer.compare(this, other) === 0; }
    compare(other, otherStart, otherEnd, start, end) {
      return Buffer.compare(this.subarray(start ?? 0, end ?? this.length), other.subarray(otherStart ?? 0, otherEnd ?? other.length));
    }
    write(text, offset, length, encoding) {
      if (typeof offset === 'string') [offset, length, encoding] = [0, undefined, offset];
      else if (typeof length === 'string') [length, encoding] = [undefined, length];
      const at = offset === undefined ? 0 : place(this, offset, 0);
      const room = Math.min(length === undefined ? Infinity : length, this.length - at);
      const name = named(encoding);
      let bytes = host.encode(text, name);
      if (bytes.length > room) {
        let cut = room;
        // A character that does not fit as a whole is left out.
        if (name === 'utf8') while (cut > 0 && (bytes[cut] & 0xc0) === 0x80) cut--;
        else if (name === 'utf16le') cut -= cut % 2;
        bytes = bytes.subarray(0, cut);
      }
      this.set(bytes, at);
      return bytes.length;
    }
    // As in Node.js, and unlike in Uint8Array, this shares the memory.
    slice(start, end) { return this.subarray(start, end); }
    subarray(start, end) {
      const from = clamp(start, this.length, 0);
      const to = Math.max(from, clamp(end, this.length, this.length));
      return new Buffer(this.buffer, this.byteOffset + from, to - from);
    }
    copy(target, targetStart = 0, start = 0, end = this.length) {
      const part = this.subarray(start, Math.min(end, start + Math.max(0, target.length - targetStart)));
      target.set(part, targetStart);
      return part.length;
    }
    fill(value, start, end, encoding) {
      if (typeof start === 'string') [start, end, encoding] = [0, this.length, start];
      else if (typeof end === 'string') [end, encoding] = [this.length, end];
      const from = clamp(start, this.length, 0);
      const to = clamp(end, this.length, this.length);
      if (typeof value === 'string' || ArrayBuffer.isView(value)) {
        const pattern = typeof value === 'string' ? host.encode(value, named(encoding)) : value;
        if (pattern.length === 0) return super.fill(0, from, to);
        for (let at = from; at < to; at++) this[at] = pattern[(at - from) % pattern.length];
        return this;
      }
      return super.fill(Number(value) & 255, from, to);
    }
    #find(value, from, encoding, step) {
      if (typeof from === 'string') [from, encoding] = [undefined, from];
      if (typeof value === 'number') value = Buffer.from([value & 255]);
      else if (typeof value === 'string') value = host.encode(value, named(encoding));
      let at = from === undefined || Number.isNaN(Number(from)) ? (step > 0 ? 0 : this.length) : Math.trunc(Number(from));
      if (at < 0) at += this.length;
      if (at < 0) {
        if (step < 0) return -1;
        at = 0;
      }
      if (step < 0) at = Math.min(at, this.length - value.length);
      search: for (; at >= 0 && at + value.length <= this.length; at += step) {
        for (let index = 0; index < value.length; index++) if (this[at + index] !== value[index]) continue search;
        return at;
      }
      return -1;
    }
    indexOf(value, from, encoding) { return this.#find(value, from, encoding, 1); }
    lastIndexOf(value, from, encoding) { return this.#find(value, from, encoding, -1); }
    includes(value, from, encoding) { return this.indexOf(value, from, encoding) !== -1; }
    readUIntBE(offset, size) {
      let value = 0;
      for (let at = place(this, offset, size), end = at + size; at < end; at++) value = value * 256 + this[at];
      return value;
    }
    readUIntLE(offset, size) {
      let value = 0;
      for (let at = place(this, offset, size) + size - 1; at >= offset; at--) value = value * 256 + this[at];
      return value;
    }
    readIntBE(offset, size) { return signed(this.readUIntBE(offset, size), size); }
    readIntLE(offset, size) { return signed(this.readUIntLE(offset, size), size); }
    writeUIntBE(value, offset, size) {
      place(this, offset, size);
      check(value, 0, 2 ** (8 * size) - 1);
      for (let at = offset + size - 1; at >= offset; at--, value = Math.floor(value / 256)) this[at] = value % 256;
      return offset + size;
    }
    writeUIntLE(value, offset, size) {
      place(this, offset, size);
      check(value, 0, 2 ** (8 * size) - 1);
      for (let at = offset; at < offset + size; at++, value = Math.floor(value / 256)) this[at] = value % 256;
      return offset + size;
    }
    writeIntBE(value, offset, size) {
      check(value, -(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1);
      return this.writeUIntBE(value < 0 ? value + 2 ** (8 * size) : value, offset, size);
    }
    writeIntLE(value, offset, size) {
      check(value, -(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1);
      return this.writeUIntLE(value < 0 ? value + 2 ** (8 * size) : value, offset, size);
    }
    #swap(size) {
      if (this.length % size !== 0) throw range(`Buffer size must be a multiple of ${8 * size}-bits`);
      for (let at = 0; at < this.length; at += size) Uint8Array.prototype.reverse.call(this.subarray(at, at + size));
      return this;
    }
    swap16() { return this.#swap(2); }
    swap32() { return this.#swap(4); }
    swap64() { return this.#swap(8); }
  }
  const signed = (value, size) => (value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value);
  const check = (value, least, most) => {
    if (value < least || value > most) {
      throw range(`The value of "value" is out of range. It must be >= ${least} and <= ${most}. Received ${value}`);
    }
  };

  // The fixed-size accessors: name, DataView's name, size, least and most (none: any).
  const ACCESSORS = [
    ['UInt8', 'Uint8', 1, 0, 255], ['Int8', 'Int8', 1, -128, 127],
    ['UInt16', 'Uint16', 2, 0, 65535], ['Int16', 'Int16', 2, -32768, 32767],
    ['UInt32', 'Uint32', 4, 0, 4294967295], ['Int32', 'Int32', 4, -2147483648, 2147483647],
    ['Float', 'Float32', 4], ['Double', 'Float64', 8],
    ['BigUInt64', 'BigUint64', 8, 0n, 2n ** 64n - 1n], ['BigInt64', 'BigInt64', 8, -(2n ** 63n), 2n ** 63n - 1n],
  ];
  for (const [name, kind, size, least, most] of ACCESSORS) {
    for (const [ending, isLittle] of size === 1 ? [['', true]] : [['LE', true], ['BE', false]]) {
      const read = function (offset = 0) {
        return view(this)[`get${kind}`](place(this, offset, size), isLittle);
      };
      const write = function (value, offset = 0) {
        if (least !== undefined) check(value, least, most);
        view(this)[`set${kind}`](place(this, offset, size), value, isLittle);
        return offset + size;
      };
      define(`read${name}${ending}`, read, Buffer.prototype);
      define(`write${name}${ending}`, write, Buffer.prototype);
    }
  }
  for (const name of Object.getOwnPropertyNames(Buffer.prototype)) {
    if (name.includes('UInt')) {
      define(name.replace('UInt', 'Uint'), Buffer.prototype[name], Buffer.prototype);
    }
  }
  define('poolSize', 8192, Buffer);

  class TextEncoder {
    get encoding() { return 'utf-8'; }
    encode(text = '') { return host.encode(String(text), 'utf8'); }
    encodeInto(text, target) {
      let read = 0;
      let written = 0;
      for (const character of String(text)) {
        const bytes = host.encode(character, 'utf8');
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }
  const LABELS = { 'iso-8859-1': 'latin1', 'windows-1252': 'latin1', 'us-ascii': 'latin1', ascii: 'latin1', 'utf-16': 'utf16le' };
  class TextDecoder {
    #encoding;
    #keepsMark;
    #isFatal;
    constructor(label = 'utf-8', options = {}) {
      const name = String(label).trim().toLowerCase();
      this.#encoding = LABELS[name] ?? named(name);
      this.#keepsMark = Boolean(options.ignoreBOM);
      this.#isFatal = Boolean(options.fatal);
    }
    get encoding() { return this.#encoding === 'utf8' ? 'utf-8' : this.#encoding === 'utf16le' ? 'utf-16le' : 'windows-1252'; }
    get fatal() { return this.#isFatal; }
    get ignoreBOM() { return this.#keepsMark; }
    decode(bytes) {
      if (bytes === undefined) return '';
      const plain = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const text = host.decode(plain, this.#encoding);
      if (this.#isFatal && this.#encoding === 'utf8' && Buffer.compare(host.encode(text, 'utf8'), plain) !== 0) {
        throw new TypeError('The encoded data was not valid for encoding utf-8');
      }
      return !this.#keepsMark && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    }
  }

  define('Buffer', Buffer);
  define('TextEncoder', TextEncoder);
  define('TextDecoder', TextDecoder);
  define('btoa', (text) => {
    if (/[^\0-\xff]/.test(text)) throw new RangeError('Invalid character');
    return Buffer.from(String(text), 'latin1').toString('base64');
  });
  define('atob', (text) => {
    const packed = String(text).replace(/[\t\n\f\r ]/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed) || packed.replace(/=+$/, '').length % 4 === 1) {
      throw new RangeError('The string to be decoded is not correctly encoded.');
    }
    return Buffer.from(packed, 'base64').toString('latin1');
  });
})
