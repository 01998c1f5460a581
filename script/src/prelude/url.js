// URL and URLSearchParams, after the WHATWG's URL standard, without host name mapping (IDNA).
(function (host, define) {
  'use strict';
  const PORTS = { 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21', 'file:': '' };
  const isSpecial = (protocol) => Object.hasOwn(PORTS, protocol);
  const invalid = (input) => {
    const error = new TypeError('Invalid URL');
    error.code = 'ERR_INVALID_URL';
    error.input = input;
    return error;
  };
  // Percent-encodes the bytes of what the pattern matches; what is encoded already stays.
  const percent = (text, pattern) =>
    text.replace(pattern, (character) =>
      Array.from(host.encode(character, 'utf8'), (byte) => '%' + byte.toString(16).toUpperCase().padStart(2, '0')).join(''));
  const CONTROL = /[\0-\x1f\x7f-\u{10ffff}]/gu;
  const FRAGMENT = /[\0-\x20"<>`\x7f-\u{10ffff}]/gu;
  const QUERY = /[\0-\x20"#<>\x7f-\u{10ffff}]/gu;
  const SPECIAL_QUERY = /[\0-\x20"#'<>\x7f-\u{10ffff}]/gu;
  const PATH = /[\0-\x20"#<>?`{}^\x7f-\u{10ffff}]/gu;
  const USER = /[\0-\x20"#<>?`{}/:;=@[\\\]^|\x7f-\u{10ffff}]/gu;
  const FORM = /[^A-Za-z0-9*\-._ ]/gu;

  const decodeForm = (text) => {
    const bytes = host.encode(text.replace(/\+/g, ' '), 'utf8');
    const out = [];
    for (let at = 0; at < bytes.length; at++) {
      const pair = bytes[at] === 37 && at + 2 < bytes.length ? String.fromCharCode(bytes[at + 1], bytes[at + 2]) : '';
      if (/^[0-9a-fA-F]{2}$/.test(pair)) {
        out.push(parseInt(pair, 16));
        at += 2;
      } else out.push(bytes[at]);
    }
    return host.decode(new Uint8Array(out), 'utf8');
  };
  const encodeForm = (text) => percent(text, FORM).replace(/ /g, '+');
  const parseForm = (text) =>
    text.split('&').filter((part) => part !== '').map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [decodeForm(part), ''] : [decodeForm(part.slice(0, at)), decodeForm(part.slice(at + 1))];
    });

  class URLSearchParams {
    #entries = [];
    #changed = () => {};
    constructor(init = '') {
      if (typeof init === 'object' && init !== null) {
        const pairs = typeof init[Symbol.iterator] === 'function' ? Array.from(init) : Object.entries(init);
        for (const pair of pairs) {
          const [key, value, ...more] = Array.from(pair);
          if (value === undefined && !(1 in pair) || more.length) throw new TypeError('Each query pair must be an iterable [name, value] tuple');
          this.#entries.push([String(key), String(value)]);
        }
      } else {
        this.#entries = parseForm(String(init).replace(/^\?/, ''));
      }
    }
    static attached(query, changed) {
      const parameters = new URLSearchParams(query);
      parameters.#changed = changed;
      return parameters;
    }
    reload(query) { this.#entries = parseForm(query); }
    get size() { return this.#entries.length; }
    append(name, value) {
      this.#entries.push([String(name), String(value)]);
      this.#changed();
    }
    delete(name, value) {
      this.#entries = this.#entries.filter(([key, item]) => key !== String(name) || (value !== undefined && item !== String(value)));
      this.#changed();
    }
    get(name) { return this.#entries.find(([key]) => key === String(name))?.[1] ?? null; }
    getAll(name) { return this.#entries.filter(([key]) => key === String(name)).map(([, value]) => value); }
    has(name, value) {
      return this.#entries.some(([key, item]) => key === String(name) && (value === undefined || item === String(value)));
    }
    set(name, value) {
      const first = this.#entries.find(([key]) => key === String(name));
      if (first === undefined) this.#entries.push([String(name), String(value)]);
      else {
        first[1] = String(value);
        this.#entries = this.#entries.filter((entry) => entry === first || entry[0] !== String(name));
      }
      this.#changed();
    }
    sort() {
      this.#entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#changed();
    }
    forEach(action, self) { for (const [key, value] of this.#entries) action.call(self, value, key, this); }
    *entries() { for (const [key, value] of this.#entries) yield [key, value]; }
    *keys() { for (const [key] of this.#entries) yield key; }
    *values() { for (const [, value] of this.#entries) yield value; }
    [Symbol.iterator]() { return this.entries(); }
    toString() { return this.#entries.map(([key, value]) => `${encodeForm(key)}=${encodeForm(value)}`).join('&'); }
  }

  const parseIpv4 = (name) => {
    const parts = name.replace(/\.$/, '').split('.');
    if (!/^(0x[0-9a-f]*|\d+)$/i.test(parts[parts.length - 1])) return undefined;
    if (parts.length > 4) return null;
    const numbers = parts.map((part) => {
      if (/^0x[0-9a-f]*$/i.test(part)) return part.length === 2 ? 0 : parseInt(part, 16);
      if (/^0[0-7]*$/.test(part)) return parseInt(part, 8);
      return /^\d+$/.test(part) ? Number(part) : NaN;
    });
    const last = numbers.pop();
    if (numbers.some((number) => !(number <= 255)) || !(last < 256 ** (4 - numbers.length))) return null;
    let address = last;
    numbers.forEach((number, at) => { address += number * 256 ** (3 - at); });
    return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');
  };
  const parseHost = (text, protocol, input) => {
    if (text.startsWith('[')) {
      if (!/^\[[0-9a-f:.]+\]$/i.test(text) || !text.includes(':')) throw invalid(input);
      return text.toLowerCase();
    }
    if (!isSpecial(protocol)) {
      if (/[\0\t\n\r #/<>?@[\\\]^|]/.test(text)) throw invalid(input);
      return percent(text, CONTROL);
    }
    let name;
    try {
      name = decodeURIComponent(text).toLowerCase();
    } catch {
      throw invalid(input);
    }
    // Names beyond ASCII would need IDNA's tables: they are refused, not mangled.
    if (name === '' || /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f-\u{10ffff}]/u.test(name)) throw invalid(input);
    const address = parseIpv4(name);
    if (address === null) throw invalid(input);
    return address ?? name;
  };
  const normalise = (path, special) => {
    const segments = (special ? path.replace(/\\/g, '/') : path).split('/');
    const kept = [];
    segments.forEach((segment, at) => {
      const plain = segment.replace(/%2e/gi, '.');
      const isLast = at === segments.length - 1;
      if (plain === '..') {
        if (kept.length > 1) kept.pop();
        if (isLast) kept.push('');
      } else if (plain === '.') {
        if (isLast) kept.push('');
      } else kept.push(percent(segment, PATH));
    });
    return kept.join('/');
  };

  class URL {
    #protocol = '';
    #username = '';
    #password = '';
    #hostname = null;
    #port = '';
    #pathname = '';
    #query = null;
    #fragment = null;
    #parameters;

    constructor(input, base) {
      if (arguments.length === 0) throw new TypeError('The "url" argument must be specified');
      this.#parse(String(input), base === undefined ? undefined : base instanceof URL ? base : new URL(String(base)));
      this.#parameters = URLSearchParams.attached(this.#query ?? '', () => {
        const text = this.#parameters.toString();
        this.#query = text === '' ? null : text;
      });
    }
    static canParse(input, base) {
      try {
        new URL(input, base);
        return true;
      } catch {
        return false;
      }
    }

    #parse(input, base) {
      let rest = input.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '').replace(/[\t\n\r]/g, '');
      const hash = rest.indexOf('#');
      if (hash >= 0) {
        this.#fragment = percent(rest.slice(hash + 1), FRAGMENT);
        rest = rest.slice(0, hash);
      }
      const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(rest);
      const protocol = scheme && scheme[0].toLowerCase();
      const isRelative = scheme === null ||
        (base !== undefined && isSpecial(protocol) && protocol === base.protocol && !/^[/\\]{2}/.test(rest.slice(scheme[0].length)));
      if (isRelative) {
        if (base === undefined) throw invalid(input);
        this.#protocol = base.#protocol;
        if (scheme !== null) rest = rest.slice(scheme[0].length);
      } else {
        this.#protocol = protocol;
        rest = rest.slice(scheme[0].length);
      }
      const special = isSpecial(this.#protocol);
      const mark = rest.indexOf('?');
      let query = null;
      if (mark >= 0) {
        query = percent(rest.slice(mark + 1), special ? SPECIAL_QUERY : QUERY);
        rest = rest.slice(0, mark);
      }
      if (special) rest = rest.replace(/\\/g, '/');
      this.#query = query;
      if (isRelative && !rest.startsWith('//')) {
        if (base.#hostname === null && !base.#pathname.startsWith('/')) {
          if (rest !== '' || mark >= 0) throw invalid(input);
          this.#pathname = base.#pathname;
          return;
        }
        [this.#username, this.#password, this.#hostname, this.#port] = [base.#username, base.#password, base.#hostname, base.#port];
        if (rest === '') {
          this.#pathname = base.#pathname;
          if (mark < 0) this.#query = base.#query;
        } else if (rest.startsWith('/')) this.#pathname = normalise(rest, special);
        else this.#pathname = normalise(base.#pathname.slice(0, base.#pathname.lastIndexOf('/') + 1) + rest, special);
        return;
      }
      if (special && this.#protocol !== 'file:') rest = '//' + rest.replace(/^\/*/, '');
      if (rest.startsWith('//')) {
        const slash = rest.indexOf('/', 2);
        const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
        this.#authority(authority, input);
        const path = slash < 0 ? '' : rest.slice(slash);
        this.#pathname = normalise(path === '' && special ? '/' : path, special);
      } else if (special || rest.startsWith('/')) {
        if (special) this.#hostname = '';
        this.#pathname = normalise(rest.startsWith('/') ? rest : '/' + rest, special);
      } else {
        this.#pathname = percent(rest, CONTROL);
      }
    }
    #authority(authority, input) {
      const at = authority.lastIndexOf('@');
      if (at >= 0) {
        const user = authority.slice(0, at);
        const colon = user.indexOf(':');
        this.#username = percent(colon < 0 ? user : user.slice(0, colon), USER);
        this.#password = colon < 0 ? '' : percent(user.slice(colon + 1), USER);
      }
      const place = authority.slice(at + 1);
      const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(place);
      if (parts === null || Number(parts[2] ?? 0) > 65535) throw invalid(input);
      if (parts[1] === '' && (this.#protocol !== 'file:' && (isSpecial(this.#protocol) || at >= 0 || parts[2]))) throw invalid(input);
      this.#hostname = parts[1] === '' ? '' : parseHost(parts[1], this.#protocol, input);
      if (this.#protocol === 'file:' && this.#hostname === 'localhost') this.#hostname = '';
      const port = parts[2] ? String(Number(parts[2])) : '';
      this.#port = port === PORTS[this.#protocol] ? '' : port;
    }

    get href() {
      const user = this.#username || this.#password ? `${this.#username}${this.#password ? ':' + this.#password : ''}@` : '';
      const authority = this.#hostname === null ? '' : `//${user}${this.host}`;
      return `${this.#protocol}${authority}${this.#pathname}${this.#query === null ? '' : '?' + this.#query}${this.#fragment === null ? '' : '#' + this.#fragment}`;
    }
    set href(value) {
      const other = new URL(value);
      [this.#protocol, this.#username, this.#password, this.#hostname] = [other.#protocol, other.#username, other.#password, other.#hostname];
      [this.#port, this.#pathname, this.#query, this.#fragment] = [other.#port, other.#pathname, other.#query, other.#fragment];
      this.#parameters.reload(this.#query ?? '');
    }
    get origin() { return isSpecial(this.#protocol) && this.#protocol !== 'file:' ? `${this.#protocol}//${this.host}` : 'null'; }
    get protocol() { return this.#protocol; }
    set protocol(value) {
      const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):?/.exec(String(value));
      const protocol = scheme && `${scheme[1].toLowerCase()}:`;
      if (protocol && isSpecial(protocol) === isSpecial(this.#protocol)) {
        this.#protocol = protocol;
        if (this.#port === PORTS[protocol]) this.#port = '';
      }
    }
    get username() { return this.#username; }
    set username(value) { if (this.#hostname) this.#username = percent(String(value), USER); }
    get password() { return this.#password; }
    set password(value) { if (this.#hostname) this.#password = percent(String(value), USER); }
    get host() { return `${this.#hostname ?? ''}${this.#port === '' ? '' : ':' + this.#port}`; }
    set host(value) {
      const parts = /^(\[[^\]]*\]|[^:/?#]*)(?::(\d+))?/.exec(String(value));
      if (parts[1] === '') return;
      this.hostname = parts[1];
      if (parts[2] !== undefined) this.port = parts[2];
    }
    get hostname() { return this.#hostname ?? ''; }
    set hostname(value) {
      try {
        if (this.#hostname !== null && String(value) !== '') this.#hostname = parseHost(String(value), this.#protocol, value);
      } catch {
        // As the standard has it: what does not fit is ignored.
      }
    }
    get port() { return this.#port; }
    set port(value) {
      const digits = /^\d*/.exec(String(value))[0];
      if (String(value) === '') this.#port = '';
      else if (digits !== '' && Number(digits) <= 65535) this.#port = String(Number(digits)) === PORTS[this.#protocol] ? '' : String(Number(digits));
    }
    get pathname() { return this.#pathname; }
    set pathname(value) {
      const path = String(value);
      this.#pathname = normalise(path.startsWith('/') || this.#hostname === null ? path : '/' + path, isSpecial(this.#protocol));
    }
    get search() { return this.#query ? '?' + this.#query : ''; }
    set search(value) {
      const text = String(value).replace(/^\?/, '');
      this.#query = text === '' ? null : percent(text, isSpecial(this.#protocol) ? SPECIAL_QUERY : QUERY);
      this.#parameters.reload(this.#query ?? '');
    }
    get searchParams() { return this.#parameters; }
    get hash() { return this.#fragment ? '#' + this.#fragment : ''; }
    set hash(value) {
      const text = String(value).replace(/^#/, '');
      this.#fragment = text === '' ? null : percent(text, FRAGMENT);
    }
    toString() { return this.href; }
    toJSON() { return this.href; }
  }
  for (const name of ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash']) {
    Object.defineProperty(URL.prototype, name, { ...Object.getOwnPropertyDescriptor(URL.prototype, name), enumerable: true });
  }
  define('URL', URL);
  define('URLSearchParams', URLSearchParams);
})
