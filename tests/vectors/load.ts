/** Loads the vectors made with real Django releases. The lists are explained in the tests that use them. */

import { readFileSync } from "node:fs";

/** One file: the settings that its values were made with, and the lists by name. */
export interface VectorFile {
  /** The release, such as `"5.2.19"`. */
  django: string;
  /** The frozen clock, in seconds. */
  now: number;
  secretKey: string;
  fallbackKeys: string[];
  /** A list of cases; other releases may lack it. */
  [list: string]: unknown;
}

/** One release and its file. */
export interface Release {
  release: string;
  data: VectorFile;
}

/** One release, the settings of its values, and the cases of one list. */
export interface ReleaseCases<Case> {
  release: string;
  data: VectorFile;
  cases: Case[];
}

const RELEASES = ["3.2", "4.2", "5.2", "6.1"];

/** All files, oldest release first. */
export function vectors(): Release[] {
  return RELEASES.map((release) => {
    const url = new URL(`./data/django-${release}.json`, import.meta.url);
    return { release, data: JSON.parse(readFileSync(url, "utf8")) as VectorFile };
  });
}

/** One list of every file that has it; throws if none does, so that a misspelt name does not pass. */
export function vectorCases<Case>(list: string): ReleaseCases<Case>[] {
  const found = vectors()
    .map(({ release, data }) => ({ release, data, cases: (data[list] ?? []) as Case[] }))
    .filter(({ cases }) => cases.length > 0);
  if (found.length === 0) throw new RangeError(`No file of vectors has a list "${list}"`);
  return found;
}
