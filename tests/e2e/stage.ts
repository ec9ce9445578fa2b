import type { RunningService } from './bank.ts';
import { connectChromium, type OpenChromium } from './chromium.ts';

/** The variable in which run.ts tells the tests what it has started for them. */
export const STAGE = 'RINGWATCH_E2E_STAGE';

/** The service and the browser that all end-to-end tests share. */
export interface Stage {
  readonly service: RunningService;
  readonly chromium: OpenChromium;
}

/** Connects to what run.ts has started. Throws where it has not (`npm run test:e2e` does). */
export async function openStage(): Promise<Stage> {
  const told = process.env[STAGE];
  if (told === undefined) throw new Error('end-to-end tests are run by `npm run test:e2e`');
  const { chromium, ...service } = JSON.parse(told) as RunningService & { readonly chromium: string };
  return { service, chromium: await connectChromium(chromium) };
}
