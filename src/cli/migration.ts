/** Writes a Django migration. Its SQL comes from `stores/triggers/sql.ts`. */

import type { TableName } from "../stores/triggers/sql.ts";
import type { MigrationName } from "./options.ts";

/** The parts of a migration. */
export interface MigrationParts {
  /** The statements that install the triggers, and those that uninstall them. */
  readonly install: readonly string[];
  readonly uninstall: readonly string[];
  /** Whether it uninstalls them, and installs them only when Django reverses it. */
  readonly isReverse: boolean;
  /** The app that it is for, if given. */
  readonly app: string | null;
  readonly dependencies: readonly MigrationName[];
  /** The user table that it is written for. */
  readonly userTable: TableName;
}

/** What differs between the two directions of a migration. */
interface Direction {
  readonly title: string;
  /** The options of the command. */
  readonly options: string;
  /** A line about its use, if there is more to say. */
  readonly use: string;
  readonly summary: string;
  /** The names of the lists to apply and to reverse. */
  readonly lists: string;
}

const INSTALLING: Direction = {
  title: "Triggers that notify djauth when a login ends",
  options: "",
  use: "",
  summary: "Installs the triggers; reversed, removes them.",
  lists: "INSTALL, UNINSTALL",
};

const UNINSTALLING: Direction = {
  title: "Uninstalls the triggers that notify djauth when a login ends",
  options: " --reverse",
  use:
    "Columns that they watch can change after it. Later, a migration without --reverse installs them again.\n\n",
  summary: "Removes the triggers; reversed, installs them.",
  lists: "UNINSTALL, INSTALL",
};

/**
 * Its base class runs SQL on every database, but a test run may use SQLite. The class is part of each file, so that
 * Django needs nothing of djauth.
 */
const OPERATION = `class PostgresSQL(migrations.RunSQL):
    """SQL for Postgres: does nothing on another database, such as SQLite in a test run."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)`;

/** Returns the migration as Python code. */
export function migrationText(parts: MigrationParts): string {
  const { install, uninstall, app, dependencies, userTable } = parts;
  const { title, options, use, summary, lists } = parts.isReverse ? UNINSTALLING : INSTALLING;
  const place = app === null ? "" : `, for the app "${app}"`;
  const listed = dependencies.map(({ app, name }) => `        ("${app}", "${name}"),\n`).join("");
  return `"""${title}${place}.

${use}Created by "djauth triggers migration${options}". Once it is applied, create another one instead of changing it.
"""

from django.conf import settings
from django.db import migrations

# The user table is ${JSON.stringify(`${userTable.schema}.${userTable.table}`)}.

INSTALL = ${pythonList(install)}

UNINSTALL = ${pythonList(uninstall)}


${OPERATION}


class Migration(migrations.Migration):
    """${summary}"""

    dependencies = [
${listed}        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [PostgresSQL(${lists})]
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
