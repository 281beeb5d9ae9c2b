/** A Django migration as Python text. What is in its SQL is the matter of `stores/triggers/sql.ts`. */

import type { TableName } from "../stores/triggers/sql.ts";
import type { MigrationName } from "./options.ts";

/** What a migration is made of. */
export interface MigrationParts {
  /** Statements forwards and backwards. */
  readonly install: readonly string[];
  readonly uninstall: readonly string[];
  /** The app that it is for, if that was said. */
  readonly app: string | null;
  readonly dependencies: readonly MigrationName[];
  /** The table of users, as it is written for. */
  readonly userTable: TableName;
}

/** Writes the migration. */
export function migrationText({ install, uninstall, app, dependencies, userTable }: MigrationParts): string {
  const place = app === null ? "" : `, for the app "${app}"`;
  const listed = dependencies.map(({ app, name }) => `        ("${app}", "${name}"),\n`).join("");
  return `"""The triggers by which Postgres tells djauth that a login has ended${place}.

Made by "djauth triggers migration". Once it was applied, make another one rather than changing it.
"""

from django.conf import settings
from django.db import migrations

# Users are in the table ${JSON.stringify(`${userTable.schema}.${userTable.table}`)}.

INSTALL = ${pythonList(install)}

UNINSTALL = ${pythonList(uninstall)}


class Migration(migrations.Migration):
    """Installs the triggers; backwards takes them away."""

    dependencies = [
${listed}        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunSQL(INSTALL, UNINSTALL)]
`;
}

function pythonList(texts: readonly string[]): string {
  return `[\n${texts.map((text) => `    ${pythonText(`${text};`)},\n`).join("")}]`;
}

/** A text as Python reads it: in long form where nothing in it would end it or be taken for an escape. */
function pythonText(text: string): string {
  const isPlain = !text.includes("\\") && !text.includes('"""');
  if (!isPlain) {
    // JSON's escapes are Python's; one line each, which Python puts together.
    const lines = text.split("\n").map((line, index, all) =>
      JSON.stringify(index === all.length - 1 ? line : `${line}\n`)
    );
    return lines.length === 1 ? lines[0]! : `(\n${lines.map((line) => `        ${line}\n`).join("")}    )`;
  }
  return text.includes("\n") || text.includes('"') ? `"""${text}"""` : `"${text}"`;
}
