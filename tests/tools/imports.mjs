/** Extracts what a TypeScript source imports, exports and references: the input of the import ladder check. */

import ts from "typescript";

/**
 * @typedef {object} Source
 * @property {string} path from the repository's folder
 * @property {string} text
 */

/**
 * @typedef {object} Facts
 * @property {{ specifier: string, isType: boolean, isReexport: boolean }[]} imports static and dynamic
 * @property {Set<string>} names identifiers that are read from the global scope
 * @property {boolean} hasDefaultExport
 */

/**
 * @param {Source} source
 * @returns {Facts}
 */
export function factsOf({ path, text }) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  /** @type {Facts} */
  const facts = { imports: [], names: new Set(), hasDefaultExport: false };
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node), false);
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node.moduleSpecifier, node.isTypeOnly, true);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      if (node.arguments[0]) add(node.arguments[0], false, false);
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true, false);
    }
    if (ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword && isModifier(node)) {
      facts.hasDefaultExport = true;
    }
    if (ts.isIdentifier(node) && isGlobal(node)) facts.names.add(node.text);
    ts.forEachChild(node, visit);
  };
  const add = (
    /** @type {ts.Node} */ at,
    /** @type {boolean} */ isType,
    /** @type {boolean} */ isReexport,
  ) => {
    if (ts.isStringLiteral(at)) facts.imports.push({ specifier: at.text, isType, isReexport });
  };
  visit(file);
  return facts;
}

/** @param {ts.ImportDeclaration} node `import type …`, or nothing but types in the braces */
function isTypeImport({ importClause }) {
  if (importClause === undefined) return false;
  if (importClause.isTypeOnly) return true;
  const { name, namedBindings } = importClause;
  return name === undefined && namedBindings !== undefined && ts.isNamedImports(namedBindings) &&
    namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly);
}

/** @param {ts.Node} node the `default` of `export default function` */
function isModifier(node) {
  return ts.isFunctionDeclaration(node.parent) || ts.isClassDeclaration(node.parent);
}

/**
 * Whether an identifier may be a global's name: not a member of something else, unless that is `globalThis`.
 *
 * @param {ts.Identifier} node
 */
function isGlobal(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return /\bglobalThis\b/.test(parent.expression.getText());
  }
  if (ts.isQualifiedName(parent)) return parent.left === node;
  return !("name" in parent && parent.name === node);
}
