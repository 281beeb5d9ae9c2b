/** Ratios of measurements: two numbers are compared only within one round. */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {number[]} values one a round
 * @property {number | undefined} [atLeast] the goal
 * @property {number | undefined} [atMost] the goal
 */

/** @param {number[]} values at least one; of an even number the lower of the two in the middle */
export function median(values) {
  return values.toSorted((left, right) => left - right)[(values.length - 1) >> 1] ?? NaN;
}

/**
 * @param {number[]} values
 * @param {number[]} others of the same rounds
 */
export function ratios(values, others) {
  return values.map((value, round) => value / (others[round] ?? NaN));
}

/**
 * @param {number[]} values
 * @param {number[]} others of the same rounds
 */
export function differences(values, others) {
  return values.map((value, round) => value - (others[round] ?? NaN));
}

/**
 * Prints a table of ratios with their goals.
 *
 * @param {string} title
 * @param {Row[]} rows
 */
export function printRows(title, rows) {
  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log(`\n${title}\n${"".padEnd(width)}  median     min     max   goal`);
  for (const row of rows) {
    const numbers = [median(row.values), Math.min(...row.values), Math.max(...row.values)];
    console.log(
      `${row.name.padEnd(width)}  ${numbers.map((value) => value.toFixed(2).padStart(6)).join("  ")}   ${
        goal(row)
      }`,
    );
  }
}

/** @param {Row} row */
function goal({ values, atLeast, atMost }) {
  const reached = median(values);
  if (atLeast !== undefined) return `≥ ${atLeast}  ${reached >= atLeast ? "reached" : "MISSED"}`;
  if (atMost !== undefined) return `≤ ${atMost}  ${reached <= atMost ? "reached" : "MISSED"}`;
  return "";
}

/**
 * Prints the absolute numbers behind the ratios; they mean little on another machine.
 *
 * @param {string} title
 * @param {Record<string, number[]>} series
 */
export function printAbsolute(title, series) {
  const measured = Object.entries(series).filter(([, values]) => values.length > 0);
  const parts = measured.map(([name, values]) =>
    `${name.replace("_", " ")} ${Math.round(median(values)).toLocaleString("en")}`
  );
  console.log(`  ${title}: ${parts.join(", ")}`);
}
