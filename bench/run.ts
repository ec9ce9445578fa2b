import { existsSync } from 'node:fs';
import os from 'node:os';
import { benchCache } from './cache.ts';
import { benchScale } from './cache-scale.ts';
import { benchUpdates } from './cache-updates.ts';
import { benchCheckpoints } from './checkpoints.ts';
import { benchDecide } from './decide.ts';
import { benchGrowth } from './growth.ts';
import { benchHostile } from './hostile.ts';
import { benchProfile } from './profile.ts';
import { benchRings } from './rings.ts';
import { benchServe } from './serve.ts';
import { benchCycles } from './temporal-cycles.ts';

/**
 * `npm run bench [-- SECTION…]`: tables on standard error, one JSON object on standard output. Sections: rings, cycles,
 * growth, checkpoints, profile, serve, decide (of serve), hostile, cache, updates, scale (half an hour); all without a name but scale.
 * Needs the shared data beside the project.
 */
const AMLSIM = '../shared/data/amlsim/20K_cycle200.stream.csv.gz';
const SLASHDOT = '../shared/data/graphs/slashdot.txt.gz';
const SECTIONS: Readonly<Record<string, () => Promise<unknown> | unknown>> = {
  rings: () => benchRings(AMLSIM),
  cycles: () => benchCycles(AMLSIM),
  growth: () => benchGrowth(AMLSIM),
  checkpoints: () => benchCheckpoints(AMLSIM),
  profile: () => benchProfile(AMLSIM),
  serve: () => benchServe(AMLSIM),
  decide: () => benchDecide(),
  hostile: () => benchHostile(),
  cache: () => benchCache(SLASHDOT),
  updates: () => benchUpdates(),
  scale: () => benchScale([1, 4, 16, 64]),
};
/** What is run by its name alone: a part of another section, or long. */
const ONLY_NAMED = ['decide', 'scale'];

const chosen = process.argv.slice(2);
for (const name of chosen) {
  if (!Object.hasOwn(SECTIONS, name)) {
    console.error(`there is no section ${name}; sections: ${Object.keys(SECTIONS).join(', ')}`);
    process.exit(2);
  }
}
if (!existsSync(AMLSIM)) {
  console.error(`bench: ${AMLSIM} is not here, so there is nothing to measure on`);
  process.exit(2);
}
const result: Record<string, unknown> = {
  machine: { cpus: os.cpus().length, model: os.cpus()[0]?.model, node: process.version },
};
for (const [name, run] of Object.entries(SECTIONS)) {
  if (chosen.length === 0 ? ONLY_NAMED.includes(name) : !chosen.includes(name)) continue;
  console.error(`\n== ${name}`);
  result[name] = await run();
}
console.log(JSON.stringify(result, null, 2));
