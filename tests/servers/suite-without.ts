import { it } from '@jest/globals';

/** Says in one line, in the place of a suite, that it needs what is not installed here. */
export function suiteWithout(what: string, missing: string): void {
  // biome-ignore lint/suspicious/noSkippedTests: it is skipped for what is installed here, not for what it says.
  it.skip(`${what} is not tested here: it needs ${missing}`, () => undefined);
}
