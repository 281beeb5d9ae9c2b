/** What must agree in several places: the entry points, the version, the dependencies, the README. */

/**
 * @typedef {object} Promises
 * @property {{ version: string, exports: Record<string, { types: string, default: string }>,
 *   dependencies: Record<string, string>, files: string[] }} npm package.json
 * @property {{ version: string, exports: Record<string, string>, imports: Record<string, string>,
 *   publish: { include: string[] } }} jsr deno.json
 * @property {{ files: string[] }} build tsconfig.json
 * @property {string} readme
 * @property {string} changelog
 * @property {(path: string) => boolean} exists
 */

/**
 * Every disagreement, a line each.
 *
 * @param {Promises} promises
 * @returns {string[]}
 */
export function disagreements({ npm, jsr, build, readme, changelog, exists }) {
  return [
    ...entryPoints(npm.exports, jsr.exports, build.files),
    ...versions(npm.version, jsr.version, changelog),
    ...dependencies(npm.dependencies, jsr.imports),
    ...importsIn(readme, Object.keys(jsr.exports)),
    ...linksIn(readme, exists),
    ...notShipped("package.json", linksOf(readme), [...npm.files, "LICENSE"]),
    ...notShipped("deno.json", linksOf(readme), jsr.publish.include),
  ];
}

/**
 * @param {Promises["npm"]["exports"]} npm
 * @param {Promises["jsr"]["exports"]} jsr
 * @param {string[]} built
 */
function entryPoints(npm, jsr, built) {
  const found = [];
  for (const name of new Set([...Object.keys(npm), ...Object.keys(jsr)])) {
    const source = jsr[name]?.replace(/^\.\//, "");
    const stem = source?.replace(/\.ts$/, "");
    const wanted = JSON.stringify({ types: `./dist/${stem}.d.ts`, default: `./dist/${stem}.js` });
    if (source === undefined) found.push(`"${name}" is exported by package.json but not by deno.json`);
    else if (npm[name] === undefined) {
      found.push(`"${name}" is exported by deno.json but not by package.json`);
    } else if (JSON.stringify(npm[name]) !== wanted) {
      found.push(`"${name}" in package.json should be ${wanted}`);
    } else if (!built.includes(source)) {
      found.push(`${source} is exported but not among the files of tsconfig.json`);
    }
  }
  return found;
}

/**
 * @param {string} npm
 * @param {string} jsr
 * @param {string} changelog
 */
function versions(npm, jsr, changelog) {
  const found = npm === jsr ? [] : [`package.json is version ${npm}, deno.json is ${jsr}`];
  if (!changelog.includes(`## ${npm}`)) found.push(`CHANGELOG.md has no heading "## ${npm}"`);
  return found;
}

/**
 * @param {Record<string, string>} npm
 * @param {Record<string, string>} jsr
 */
function dependencies(npm, jsr) {
  const ours = Object.entries(npm).map(([name, range]) => `${name} npm:${name}@${range}`);
  const theirs = Object.entries(jsr)
    .filter(([, target]) => target.startsWith("npm:"))
    .map(([name, target]) => `${name} ${target}`);
  return [
    ...ours.filter((line) => !theirs.includes(line)).map((line) => `deno.json lacks the import ${line}`),
    ...theirs.filter((line) => !ours.includes(line)).map((line) =>
      `package.json lacks what deno.json has: ${line}`
    ),
  ];
}

/**
 * @param {string} readme
 * @param {string[]} exported
 */
function importsIn(readme, exported) {
  const specifiers = [...readme.matchAll(/from "(?:@djauth\/)?djauth(\/[^"]+)?"/g)].map(([, path]) =>
    `.${path ?? ""}`
  );
  return specifiers
    .filter((name) => !exported.includes(name))
    .map((name) => `README.md imports "${name}", which is not exported`);
}

/**
 * @param {string} readme
 * @param {Promises["exists"]} exists
 */
function linksIn(readme, exists) {
  return linksOf(readme).filter((path) => !exists(path)).map((path) =>
    `README.md links to ${path}, which is not there`
  );
}

/** @param {string} readme */
function linksOf(readme) {
  return [...readme.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, path]) => path ?? "");
}

/**
 * Files that the README links to and that a package does not contain; for a linked folder, one file in it is enough.
 *
 * @param {string} where
 * @param {string[]} links
 * @param {string[]} shipped names of files and folders, with `*` for a part of a name
 */
function notShipped(where, links, shipped) {
  const patterns = shipped.map((name) =>
    new RegExp(`^${name.replace(/\./g, "\\.").replace(/\*/g, "[^/]*")}(/|$)`)
  );
  const isShipped = (/** @type {string} */ path) =>
    patterns.some((pattern) => pattern.test(path)) || shipped.some((name) => name.startsWith(`${path}/`));
  return [...new Set(links)].filter((path) => !isShipped(path)).map((path) =>
    `README.md links to ${path}, which ${where} does not ship`
  );
}
