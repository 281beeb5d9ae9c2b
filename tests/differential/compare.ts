/** Sends random cases to a real Django in batches, and compares djauth with its answers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { needsOracle, type Oracle, oracle, oracle42 } from "../ground/oracle.ts";
import type { Answer, Question } from "../ground/oracle_types.ts";
import { COUNT, Random, SEED } from "./random.ts";

/** One comparison. */
export interface Comparison<Case> {
  /** Makes a case. */
  generate(random: Random): Case | Promise<Case>;
  /** The questions to Django. */
  ask(case_: Case): Question[];
  /** Further questions to Django, which depend on the answers. */
  askNext?(case_: Case, answers: readonly Answer[]): Question[] | Promise<Question[]>;
  /** Throws where djauth's result differs. */
  check(case_: Case, answers: readonly Answer[], next: readonly Answer[]): void | Promise<void>;
}

/** Cases per batch. */
const CHUNK = 500;
/** Characters per request; Django accepts 2.5 MB, and JSON may escape non-ASCII characters. */
const REQUEST_SIZE = 400_000;
/** Differences that are printed. */
const SHOWN = 3;
/** Maximum milliseconds per case. */
const CASE_TIME = 30;

/** Defines a test that compares with Django 5.2, and one with 4.2. */
export function compareFormats<Case>(
  name: string,
  comparison: Comparison<Case>,
  count: number = COUNT,
): void {
  compareWith("5.2", oracle, name, comparison, count);
  compareWith("4.2", oracle42, name, comparison, count);
}

/** Defines a test that compares with Django 5.2. */
export function compare<Case>(name: string, comparison: Comparison<Case>, count: number = COUNT): void {
  compareWith("5.2", oracle, name, comparison, count);
}

/** The value of Django's answer; throws if it is an error. */
export function ok<Value = string>(answer: Answer | undefined): Value {
  if (answer === undefined || answer.error !== undefined) {
    throw new Error(`Django raised ${answer?.error?.type}: ${answer?.error?.message}`);
  }
  return answer.ok as Value;
}

function compareWith<Case>(
  release: string,
  django: Oracle | undefined,
  name: string,
  comparison: Comparison<Case>,
  count: number,
): void {
  test(`Django ${release}: ${name}`, { ...needsOracle, timeout: 60_000 + count * CASE_TIME }, async () => {
    for (let start = 0; start < count; start += CHUNK) {
      const indexes = Array.from({ length: Math.min(CHUNK, count - start) }, (_, index) => start + index);
      const cases: Case[] = [];
      for (const index of indexes) cases.push(await comparison.generate(new Random(name, index)));
      const answers = await askAll(django!, cases.map((case_) => comparison.ask(case_)));
      const questions: Question[][] = [];
      for (const [index, case_] of cases.entries()) {
        questions.push(await comparison.askNext?.(case_, answers[index]!) ?? []);
      }
      const next = await askAll(django!, questions);
      const differences: string[] = [];
      for (const [index, case_] of cases.entries()) {
        try {
          await comparison.check(case_, answers[index]!, next[index]!);
        } catch (error) {
          differences.push(`case ${indexes[index]}: ${error}\nof ${show(case_)}`);
        }
      }
      const again = `DIFFERENTIAL_SEED=${SEED} DIFFERENTIAL_COUNT=${start + cases.length}`;
      assert.equal(differences.length, 0, `${again}\n${differences.slice(0, SHOWN).join("\n\n")}`);
    }
  });
}

/** Asks lists of questions, split into requests that Django accepts. */
async function askAll(django: Oracle, lists: readonly Question[][]): Promise<Answer[][]> {
  const answers: Answer[] = [];
  let request: Question[] = [];
  let size = 0;
  const send = async (): Promise<void> => {
    if (request.length > 0) answers.push(...await django.batch(request));
    request = [];
    size = 0;
  };
  for (const question of lists.flat()) {
    const length = JSON.stringify(question).length;
    if (size + length > REQUEST_SIZE) await send();
    request.push(question);
    size += length;
  }
  await send();
  return lists.map((list) => answers.splice(0, list.length));
}

function show(case_: unknown): string {
  return JSON.stringify(case_, (_, value) => typeof value === "bigint" ? `${value}n` : value).slice(0, 2000);
}
