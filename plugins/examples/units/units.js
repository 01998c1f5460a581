// Units of measurement: each by what it takes to get to the base unit of its quantity, `base = value * factor + offset`.

const quantities = {
  temperature: {
    title: "Temperature",
    units: {
      "°C": [1, 0],
      "°F": [5 / 9, -160 / 9],
      K: [1, -273.15],
    },
  },
  length: {
    title: "Length",
    units: {
      m: [1], mm: [1e-3], cm: [1e-2], km: [1e3], in: [0.0254], ft: [0.3048], yd: [0.9144], mi: [1609.344], nmi: [1852],
    },
  },
  speed: {
    title: "Speed",
    units: { "m/s": [1], "km/h": [1 / 3.6], mph: [0.44704], kn: [1852 / 3600] },
  },
  mass: {
    title: "Mass",
    units: { kg: [1], g: [1e-3], t: [1e3], lb: [0.45359237], oz: [0.028349523125] },
  },
  volume: {
    title: "Volume",
    units: { "m³": [1], l: [1e-3], ml: [1e-6], "gal (US)": [0.003785411784], "gal (UK)": [0.00454609] },
  },
  pressure: {
    title: "Pressure",
    units: { Pa: [1], hPa: [100], kPa: [1e3], bar: [1e5], psi: [6894.757293168], mmHg: [133.322387415] },
  },
  energy: {
    title: "Energy",
    units: { J: [1], kJ: [1e3], Wh: [3600], kWh: [3.6e6], kcal: [4184] },
  },
  power: {
    title: "Power",
    units: { W: [1], kW: [1e3], MW: [1e6], hp: [745.6998715822702] },
  },
};

/** Every unit, as `[unit, title of its quantity]`. */
export function allUnits() {
  return Object.values(quantities).flatMap(({ title, units }) => Object.keys(units).map((unit) => [unit, title]));
}

function find(unit) {
  for (const [quantity, { units }] of Object.entries(quantities)) {
    if (Object.hasOwn(units, unit)) return { quantity, factor: units[unit][0], offset: units[unit][1] ?? 0 };
  }
  return undefined;
}

/** What is wrong with a pair of units, as `[path, text]`. */
export function problems(from, to) {
  const found = [];
  for (const [path, unit] of [["from", from], ["to", to]]) {
    if (!find(unit)) found.push([path, `${unit} is not known; choose one of the list`]);
  }
  if (found.length === 0 && find(from).quantity !== find(to).quantity) {
    found.push(["to", `${from} is a unit of ${find(from).quantity} and ${to} one of ${find(to).quantity}; choose two that measure the same`]);
  }
  return found;
}

/** The number in the other unit, rounded to so many digits behind the point where `digits` is a number. */
export function convert(number, from, to, digits) {
  const [source, target] = [find(from), find(to)];
  const result = (number * source.factor + source.offset - target.offset) / target.factor;
  return digits === undefined ? result : Number(result.toFixed(digits));
}
