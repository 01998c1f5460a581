// `units`: the node, as the contract in plugins/wit/node.wit asks for it.

import { emit } from "wireloom:node/runtime@1.0.0";

import { allUnits, convert, problems } from "./units.js";

const help = `Converts a number from one unit of measurement into another, such as °F into °C.

**Takes** \`msg.payload\`, or another property: a number, or a text that says one. **Sends** the message with the converted number
in its place, and \`msg.unit\`.`;

const choice = (title, value) => ({
  type: "string",
  title,
  default: value,
  enum: allUnits().map(([unit]) => unit),
  "x-widget": "choice",
  "x-enum-titles": allUnits().map(([unit, quantity]) => `${quantity}: ${unit}`),
});

const schema = {
  type: "object",
  properties: {
    from: choice("From", "°F"),
    to: choice("To", "°C"),
    digits: {
      type: "string",
      format: "integer",
      title: "Digits",
      description: "Behind the point; empty for all that there are.",
      minimum: 0,
      maximum: 20,
      default: "2",
    },
    property: {
      type: "string",
      title: "Property",
      description: "Of the message, such as `payload`.",
      default: "payload",
      "x-widget": "typed",
      "x-types": ["msg"],
    },
  },
};

let settings;

// An empty text is no number, though JavaScript takes it for 0.
function numberOf({ tag, val }) {
  if (tag === "number") return val;
  return tag === "text" && val.trim() !== "" ? Number(val) : NaN;
}

export const node = {
  describe() {
    return JSON.stringify({
      version: "0.1.0",
      description: "Converts numbers between units of measurement",
      licence: "Apache-2.0 OR MIT",
      node: {
        type: "units",
        category: "function",
        colour: "#e2d96e",
        icon: "ruler",
        schema,
        help,
      },
      capabilities: {},
      parallel: true,
    });
  },

  configure({ properties }) {
    const given = JSON.parse(properties);
    const value = (name) => given[name] ?? schema.properties[name].default;
    const digits = String(value("digits")).trim();
    settings = {
      from: value("from"),
      to: value("to"),
      digits: digits === "" ? undefined : Number(digits),
      property: value("property") || "payload",
    };
    const found = problems(settings.from, settings.to);
    if (digits !== "" && !(Number.isInteger(settings.digits) && settings.digits >= 0 && settings.digits <= 20)) {
      found.push(["digits", `${digits} is no whole number from 0 to 20`]);
    }
    return found.map(([path, text]) => ({ path, text }));
  },

  start() {},

  onMessage(message) {
    const { from, to, digits, property } = settings;
    const value = message.get(property);
    const number = numberOf(value);
    if (!Number.isFinite(number)) throw { text: `msg.${property} is no number`, code: "NOT_A_NUMBER" };
    message.setNumber(property, convert(number, from, to, digits));
    message.setText("unit", to);
    emit(0, message);
    return "done";
  },

  onTimer() {},

  stop() {},
};
