import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { TAKE, TestReceiver } from '../webhooks/test-receiver.ts';
import { askService } from '../tools/serve-process.ts';
import { REPOSITORY } from '../tools/spawn-ringwatch.ts';
import { Bank, type Person, type ScopeName } from './bank.ts';
import { buildConsole } from './build-console.ts';
import { connectChromium, findChromium, type OpenChromium, serveChromium } from './chromium.ts';
import { Desk } from './desk.ts';
import { eventually } from './eventually.ts';
import { exampleAccount, exampleTransfers, RULES, type Transfer } from './example-data.ts';
import { type ConsoleService, startConsoleService } from './service.ts';

// Pictures of every screen in both themes, into docs/console: `npm run screenshots`. The data are those of
// examples/anti-cashout, sent through the real service as if they had happened up to now.

const FOLDER = path.join(REPOSITORY, 'docs/console');
const THEMES = ['light', 'dark'] as const;
const SIZE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** Transfers that are sent while pictures are made, so that there is activity to see. */
const LIVE_TRANSFERS = 2_400;
const LIVE_BATCH = 12;
const LIVE_EVERY_MS = 250;
const EVERYTHING: readonly ScopeName[] = ['QUERY', 'ALERTS', 'DEFINE', 'PUBLISH', 'ADMIN', 'AUDIT'];

interface Scene {
  readonly service: ConsoleService;
  readonly bank: Bank;
  readonly mara: Person;
  readonly draftId: string;
  readonly deliveryId: string;
  readonly alerts: { readonly ring: string; readonly paths: string };
}

/** One picture: where, and what is done there before it is taken. */
interface Shot {
  readonly name: string;
  readonly place: (scene: Scene) => string;
  readonly ready: (page: Page) => Promise<void>;
  readonly size?: { readonly width: number; readonly height: number };
}

const row = (name: RegExp) => (page: Page) => page.getByRole('row', { name }).first().waitFor();
const text = (shown: string | RegExp) => (page: Page) => page.getByText(shown).first().waitFor();
const drawn = async (page: Page): Promise<void> => {
  await page.getByRole('img', { name: /back to/ }).waitFor();
  await text('delivered')(page);
};

const SHOTS: readonly Shot[] = [
  { name: 'queue', place: () => 'alerts?order=SEVERITY', ready: row(/Fast cash-out ring/) },
  {
    name: 'queue-phone',
    place: () => 'alerts?order=SEVERITY',
    ready: row(/Fast cash-out ring/),
    size: PHONE,
  },
  { name: 'alert', place: ({ alerts }) => `alerts/${alerts.ring}`, ready: drawn },
  { name: 'alert-phone', place: ({ alerts }) => `alerts/${alerts.ring}`, ready: drawn, size: PHONE },
  {
    name: 'alert-playing',
    place: ({ alerts }) => `alerts/${alerts.ring}`,
    ready: async (page) => {
      await drawn(page);
      await page.getByRole('button', { name: 'Show step 3' }).click();
      await text('3 of')(page);
    },
  },
  { name: 'alert-paths', place: ({ alerts }) => `alerts/${alerts.paths}`, ready: drawn },
  { name: 'definitions', place: () => 'definitions', ready: highlighted },
  {
    name: 'definitions-error',
    place: () => 'definitions',
    ready: async (page) => {
      await highlighted(page);
      await page.getByRole('textbox', { name: 'Definitions' }).click();
      await page.keyboard.press('Control+A');
      await page.evaluate((copied) => navigator.clipboard.writeText(copied), WITH_ERROR);
      await page.keyboard.press('Control+V');
      await page.locator('.cm-lintRange-error').first().waitFor();
      await page
        .getByRole('button', { name: /^\d+:\d+$/ })
        .first()
        .click();
    },
  },
  { name: 'rules', place: () => 'definitions/rules', ready: row(/collector/) },
  {
    name: 'draft',
    place: ({ draftId }) => `definitions/drafts/${encodeURIComponent(draftId)}`,
    ready: text('A second person has to publish this.'),
  },
  { name: 'versions', place: () => 'definitions/versions', ready: text('in force') },
  { name: 'webhooks', place: () => 'webhooks', ready: row(/Cash-out ring/) },
  {
    name: 'delivery',
    place: ({ deliveryId }) => `webhooks/deliveries/${encodeURIComponent(deliveryId)}`,
    ready: text('the ledger is closed until 9:00'),
  },
  { name: 'endpoints', place: () => 'webhooks/endpoints', ready: row(/ledger/) },
  {
    name: 'activity',
    place: () => 'activity',
    ready: (page) => page.getByRole('img', { name: /^Decided within/ }).waitFor(),
  },
  { name: 'keys', place: () => 'access', ready: row(/Core banking/) },
  { name: 'members', place: () => 'access/members', ready: row(/Jonas Weber/) },
  { name: 'audit', place: () => 'audit?kind=CHANGE', ready: row(/definitions|draft/) },
  { name: 'usage', place: () => 'usage', ready: text('Day by day') },
  { name: 'health', place: () => 'health', ready: text('Folded up to offset') },
  {
    name: 'keyboard',
    place: () => 'alerts',
    ready: async (page) => {
      await row(/Cash-out ring/)(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    },
  },
];

/** A text with a name that there is not. */
const WITH_ERROR = RULES.replace(
  'RETURN p, SUM(t.amount) + last.amount AS moved',
  'RETURN p, SUM(t.amout) + last.amount AS moved',
);

/** The editor colours a text bit by bit: all that is on show once its last line in view has a word with a colour. */
async function highlighted(page: Page): Promise<void> {
  await page.locator('.cm-line', { hasText: 'CREATE RULE cash_out_ring' }).locator('span').first().waitFor();
}

async function takeAll(chromium: OpenChromium, scene: Scene): Promise<void> {
  for (const colorScheme of THEMES) {
    const desk = await Desk.open(chromium, scene.bank.consoleUrl, {
      viewport: SIZE,
      colorScheme,
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await desk.page.getByRole('button', { name: 'Sign in' }).waitFor();
    await take(desk.page, `sign-in-${colorScheme}`);
    await desk.signIn(scene.mara.token);
    for (const { name, place, ready, size } of SHOTS) {
      await desk.page.setViewportSize(size ?? SIZE);
      await desk.goTo(place(scene));
      await ready(desk.page);
      await take(desk.page, `${name}-${colorScheme}`);
      if (name === 'keyboard') await desk.page.keyboard.press('Escape');
      if (name === 'definitions-error')
        await desk.page.getByRole('button', { name: 'Back to what is in force' }).click();
    }
    await desk.leave();
  }
}

async function take(page: Page, name: string): Promise<void> {
  await page.getByRole('status', { name: 'Loading' }).waitFor({ state: 'detached' });
  await page.evaluate(() => document.fonts.ready);
  // The pointer is over nothing.
  await page.mouse.move(0, 0);
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`), animations: 'disabled' });
  console.log(`${name}.png`);
}

/** The bank as it would be in its third month: rules that were changed once, people at work, endpoints good and bad. */
async function setUp(
  service: ConsoleService,
  receivers: { readonly cases: string; readonly ledger: string },
) {
  const bank = await Bank.open(service.serve, 'Northfield Bank', 'northfield');
  const mara = await bank.person('Mara Lindqvist', 'mara.lindqvist@northfield.example', EVERYTHING);
  const jonas = await bank.person('Jonas Weber', 'jonas.weber@northfield.example', EVERYTHING);
  await bank.person('Aisha Rahman', 'aisha.rahman@northfield.example', ['QUERY', 'ALERTS', 'AUDIT']);
  const first = RULES.replaceAll("INTERVAL '40 days'", "INTERVAL '30 days'").replace('0.8 *', '0.7 *');
  await bank.publish(first, 'First rules', mara, jonas);
  await bank.publish(RULES, 'Longer window after the review of October', jonas, mara);
  await bank.endpoint('cases', receivers.cases, 'Case management');
  await bank.endpoint('ledger', receivers.ledger, 'Holds on accounts');
  const stricter = RULES.replace('payers >= 5', 'payers >= 4').replace(
    "SUPPRESS INTERVAL '3 days'",
    "SUPPRESS INTERVAL '1 day'",
  );
  return {
    bank,
    mara,
    jonas,
    draft: () => bank.draft(stricter, 'Collectors begin with four payers: see case 2231', mara),
  };
}

/** What people have made of the newest alerts, and the two that are shown whole: a long ring, and several paths at once. */
async function work(bank: Bank, mara: Person, jonas: Person) {
  const { alerts } = await bank.ask(`{ alerts(first: 200, filter: { rules: ["cash_out_ring"] }) {
    nodes { id alertId rings { hops } } } }`);
  const { nodes } = alerts as { nodes: { id: string; alertId: string; rings: { hops: number }[] }[] };
  const { alerts: severest } = await bank.ask('{ alerts(first: 8, orderBy: SEVERITY) { nodes { id } } }');
  const ids = (severest as { nodes: { id: string }[] }).nodes.map(({ id }) => id);
  const ring = nodes.find(({ rings }) => rings.length === 1 && rings[0]?.hops === 6) ?? nodes[0];
  const paths =
    nodes.find(({ rings }) => rings.length >= 4 && rings.every(({ hops }) => hops >= 4)) ?? nodes[0];
  const { address } = bank;
  const assign = (id: string | undefined, person: Person) =>
    askService(
      address,
      person.token,
      'mutation($input: AssignAlertInput!) { assignAlert(input: $input) { userErrors { code message } } }',
      { input: { id, memberId: person.memberId } },
    );
  const comment = (id: string | undefined, person: Person, said: string) =>
    askService(
      address,
      person.token,
      'mutation($input: CommentAlertInput!) { commentAlert(input: $input) { userErrors { code message } } }',
      { input: { id, text: said } },
    );
  await assign(ids[0], mara);
  await assign(ids[1], jonas);
  await assign(ids[4], mara);
  await assign(ring?.id, mara);
  await comment(
    ring?.id,
    jonas,
    'Second ring of this quarter that comes back to the same account. The branch knows the holder from case 2231.',
  );
  await comment(ring?.id, mara, 'Asked the branch for the contract behind the first transfer.');
  return { ring: ring?.alertId ?? '', paths: paths?.alertId ?? '' };
}

/** A message that the endpoint answered otherwise than with 2xx, and that is to be sent again; null where there is none yet. */
async function refused(bank: Bank): Promise<string | null> {
  const { deliveries } = await bank.ask(
    '{ deliveries(first: 200, filter: { state: PENDING }) { nodes { id attemptCount } } }',
  );
  const { nodes } = deliveries as { nodes: { id: string; attemptCount: number }[] };
  return nodes.find(({ attemptCount }) => attemptCount > 0)?.id ?? null;
}

/** Sends the rest a few at a time, and asks for a decision with each batch, until it is told to stop. */
function keepSending(bank: Bank, transfers: readonly Transfer[]): { stop(): Promise<void> } {
  let stopped = false;
  const run = async (): Promise<void> => {
    for (let at = 0; at < transfers.length && !stopped; at += LIVE_BATCH) {
      // A tide, so that there is something to see.
      const [first, ...others] = transfers.slice(
        at,
        at + LIVE_BATCH - Math.round(5 * Math.sin(at / 200) + 5),
      );
      if (first !== undefined) await bank.decide(first);
      if (others.length > 0) await bank.send('sources/transfers/events', others);
      await new Promise((resolve) => setTimeout(resolve, LIVE_EVERY_MS));
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

async function main(): Promise<void> {
  const executable = findChromium();
  if (executable === null) throw new Error('there is no Chromium (/usr/bin/chromium, or RINGWATCH_CHROMIUM)');
  buildConsole();
  await mkdir(FOLDER, { recursive: true });
  const cases = await TestReceiver.listen(TAKE);
  const ledger = await TestReceiver.listen(
    (_, response) => void response.writeHead(503).end('the ledger is closed until 9:00'),
  );
  const service = await startConsoleService();
  const served = await serveChromium(executable);
  const chromium = await connectChromium(served.endpoint);
  try {
    const { bank, mara, jonas, draft } = await setUp(service, { cases: cases.url, ledger: ledger.url });
    const transfers = exampleTransfers(Math.floor(Date.now() / 1000) - 60);
    const accounts = new Set(transfers.flatMap(({ src, dst }) => [src, dst]));
    await bank.send('tables/accounts/rows', [...accounts].map(exampleAccount));
    const history = transfers.slice(0, -LIVE_TRANSFERS);
    for (let at = 0; at < history.length; at += 5_000) {
      await bank.send('sources/transfers/events', history.slice(at, at + 5_000));
    }
    const alerts = await work(bank, mara, jonas);
    const draftId = await draft();
    const deliveryId = await eventually('a message that failed', () => refused(bank));
    const sending = keepSending(bank, transfers.slice(-LIVE_TRANSFERS));
    await takeAll(chromium, { service, bank, mara, draftId, deliveryId, alerts });
    await sending.stop();
  } finally {
    await chromium.close();
    await served.close();
    await service.close();
    await cases.close();
    await ledger.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
