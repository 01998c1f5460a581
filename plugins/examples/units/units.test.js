import assert from "node:assert/strict";
import { test } from "node:test";

import { allUnits, convert, problems } from "./units.js";

test("well-known conversions", () => {
  for (const [number, from, to, expected] of [
    [100, "°C", "°F", 212],
    [-40, "°F", "°C", -40],
    [0, "K", "°C", -273.15],
    [1, "mi", "km", 1.609344],
    [36, "km/h", "m/s", 10],
    [1013.25, "hPa", "bar", 1.01325],
    [1, "kWh", "kJ", 3600],
  ]) {
    assert.equal(convert(number, from, to, 9), expected, `${from} to ${to}`);
  }
});

test("there and back is where it began", () => {
  for (const [unit] of allUnits()) {
    for (const [other] of allUnits()) {
      if (problems(unit, other).length > 0) continue;
      assert.ok(Math.abs(convert(convert(12.5, unit, other), other, unit) - 12.5) < 1e-9, `${unit}, ${other}`);
    }
  }
});

test("units that do not belong together are told", () => {
  assert.deepEqual(problems("m", "km"), []);
  assert.deepEqual(problems("m", "kg").map(([path]) => path), ["to"]);
  assert.deepEqual(problems("x", "y").map(([path]) => path), ["from", "to"]);
});
