/** Runs `manage.py` of the tests' project on a given database. */

import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type DjangoRelease, pythonEnvironment } from "./python.mjs";

const PROJECT = fileURLToPath(new URL("django_project/", import.meta.url));

/** How a project is run. */
export interface DjangoProject {
  readonly release: DjangoRelease;
  readonly databaseUrl: string;
  /** Settings over those of the project. */
  readonly settings?: Record<string, unknown>;
  /** A folder with further apps. */
  readonly apps?: string;
}

/** Runs a Django command and returns its output. Rejects with its error output when it fails. */
export async function manage(project: DjangoProject, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    pythonEnvironment(project.release),
    [`${PROJECT}manage.py`, ...args],
    {
      cwd: PROJECT,
      env: {
        ...process.env,
        DATABASE_URL: project.databaseUrl,
        DJANGO_SETTINGS_MODULE: "project.settings",
        ORACLE_SETTINGS: JSON.stringify(project.settings ?? {}),
        PYTHONDONTWRITEBYTECODE: "1",
        PYTHONPATH: project.apps ?? "",
      },
    },
  );
  return stdout;
}
