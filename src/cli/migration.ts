/** Writes a Django migration. Its SQL comes from `stores/triggers/sql.ts`. */

import type { TableName } from "../stores/triggers/sql.ts";
import type { MigrationName } from "./options.ts";

/** The parts of a migration. */
export interface MigrationParts {
  /** The statements to apply and to reverse it. */
  readonly install: readonly string[];
  readonly uninstall: readonly string[];
  /** The app that it is for, if given. */
  readonly app: string | null;
  readonly dependencies: readonly MigrationName[];
  /** The user table that it is written for. */
  readonly userTable: TableName;
}

/** Returns the migration as Python code. */
export function migrationText({ install, uninstall, app, dependencies, userTable }: MigrationParts): string {
  const place = app === null ? "" : `, for the app "${app}"`;
  const listed = dependencies.map(({ app, name }) => `        ("${app}", "${name}"),\n`).join("");
  return `"""Triggers that notify djauth when a login ends${place}.

Created by "djauth triggers migration". Once it is applied, create another one instead of changing it.
"""

from django.conf import settings
from django.db import migrations

# The user table is ${JSON.stringify(`${userTable.schema}.${userTable.table}`)}.

INSTALL = ${pythonList(install)}

UNINSTALL = ${pythonList(uninstall)}


class Migration(migrations.Migration):
    """Installs the triggers; reversed, removes them."""

    dependencies = [
${listed}        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunSQL(INSTALL, UNINSTALL)]
`;
}

function pythonList(texts: readonly string[]): string {
  return `[\n${texts.map((text) => `    ${pythonText(`${text};`)},\n`).join("")}]`;
}

/** Returns a Python string literal, triple-quoted unless the string needs escapes. */
function pythonText(text: string): string {
  const isPlain = !text.includes("\\") && !text.includes('"""');
  if (!isPlain) {
    // Python has JSON's escapes, and concatenates adjacent literals: one per line.
    const lines = text.split("\n").map((line, index, all) =>
      JSON.stringify(index === all.length - 1 ? line : `${line}\n`)
    );
    return lines.length === 1 ? lines[0]! : `(\n${lines.map((line) => `        ${line}\n`).join("")}    )`;
  }
  return text.includes("\n") || text.includes('"') ? `"""${text}"""` : `"${text}"`;
}
