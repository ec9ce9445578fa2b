import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Bank, type Person } from './bank.ts';
import { Desk } from './desk.ts';
import { RULES } from './example-data.ts';
import { ringOfTransfers } from './example-rings.ts';
import { type ConsoleService, startConsoleService } from './service.ts';
import { openStage, type Stage } from './stage.ts';

const CLOSES = Date.UTC(2026, 10, 27, 10) / 1000;
const SESSION_SECONDS = 45;
/** What Chromium says of requests to a service that is away, and of those that it answers with 401 or 503. */
const AWAY = /Failed to load resource|WebSocket connection to|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE/;

let stage: Stage;
let service: ConsoleService;
let bank: Bank;
let mara: Person;
let expiring: Desk;
const desks: Desk[] = [];

beforeAll(async () => {
  stage = await openStage();
  service = await startConsoleService();
  bank = await Bank.open(service.serve, 'Northfield Bank', 'outage');
  mara = await bank.person('Mara Lindqvist', 'mara@northfield.example', [
    'QUERY',
    'ALERTS',
    'DEFINE',
    'ADMIN',
  ]);
  const jonas = await bank.person('Jonas Weber', 'jonas@northfield.example', ['PUBLISH']);
  await bank.publish(RULES, 'First rules', mara, jonas);
  await bank.send('sources/transfers/events', ringOfTransfers(1, ['11', '22', '33'], CLOSES));
});
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.leave();
});
afterAll(async () => {
  await service.close();
  await stage.chromium.close();
});

async function deskOf(token: string): Promise<Desk> {
  const desk = await Desk.open(stage.chromium, bank.consoleUrl);
  desks.push(desk);
  await desk.signIn(token);
  return desk;
}

describe('a session', () => {
  it('is refused to a token that is none, and says what to do', async () => {
    const desk = await Desk.open(stage.chromium, bank.consoleUrl);
    desks.push(desk);
    await desk.tolerating(AWAY, async () => {
      await desk.page.getByLabel('Token', { exact: true }).fill('rw_nonsense');
      await desk.page.getByRole('button', { name: 'Sign in' }).click();
      await desk.sees('UNAUTHENTICATED');
    });
    await desk.signIn(mara.token);
    await desk.screen('Alerts');
  });

  it('lasts over a reload, and ends where the viewer signs out', async () => {
    const desk = await deskOf(mara.token);
    await desk.page.reload();
    await desk.page.getByRole('row', { name: /Cash-out ring/ }).waitFor();
    await desk.page.getByRole('button', { name: 'Sign out' }).click();
    await desk.page.getByRole('button', { name: 'Sign in' }).waitFor();
    await desk.page.reload();
    await desk.page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await desk.page.getByText('Cash-out ring').count()).toBe(0);
  });

  it('ends with its key', async () => {
    const token = await bank.key('for an hour', ['ALERTS', 'QUERY']);
    const desk = await deskOf(token);
    await desk.page.getByRole('row', { name: /Cash-out ring/ }).waitFor();
    const { apiKeys } = await bank.ask('{ apiKeys(first: 50) { nodes { id name } } }');
    const key = (apiKeys as { nodes: { id: string; name: string }[] }).nodes.find(
      ({ name }) => name === 'for an hour',
    );
    await desk.tolerating(AWAY, async () => {
      await bank.ask(
        'mutation($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { userErrors { code message } } }',
        {
          input: { id: key?.id },
        },
      );
      await desk.sees('Your session has ended. Sign in again.');
    });
    expect(await desk.page.getByText('Cash-out ring').count()).toBe(0);
  });

  it('that is over by its time leaves nothing on the page (opened here, looked at last)', async () => {
    const expiresAt = new Date(Date.now() + SESSION_SECONDS * 1000).toISOString();
    const token = await bank.key('soon over', ['ALERTS', 'QUERY'], { expiresAt });
    expiring = await Desk.open(stage.chromium, bank.consoleUrl);
    await expiring.signIn(token);
    await expiring.page.getByRole('row', { name: /Cash-out ring/ }).waitFor();
  });
});

describe('what has not come yet', () => {
  it('is drawn as rows without content until it comes', async () => {
    const desk = await deskOf(mara.token);
    await desk.page.getByRole('row', { name: /Cash-out ring/ }).waitFor();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await desk.page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('"DeliveryList"')) await held;
      await route.continue();
    });
    await desk.goTo('webhooks');
    await desk.page.getByRole('status', { name: 'Loading' }).waitFor();
    release();
    await desk.sees('Nothing was sent yet');
    await desk.page.getByRole('status', { name: 'Loading' }).waitFor({ state: 'detached' });
  });
});

describe('a service that is away', () => {
  it('leaves what is known on the page, says so, and is followed again once it is back', async () => {
    const desk = await deskOf(mara.token);
    await desk.page.getByRole('row', { name: /Cash-out ring/ }).waitFor();
    await desk.sees('Live');
    await desk.tolerating(AWAY, async () => {
      await service.stop();
      await desk.sees(/Not live/);
      await desk.sees('Not reached');
      expect(await desk.page.getByRole('row', { name: /Cash-out ring/ }).count()).toBe(1);
      // A screen that was never shown says that it cannot be had, and what to do.
      await desk.goTo('webhooks');
      await desk.sees('The service cannot be reached.');
      await desk.page.getByRole('button', { name: 'Try again' }).waitFor();

      service = await service.startAgain();
      await desk.page.getByRole('button', { name: 'Try again' }).click();
      await desk.sees('Nothing was sent yet');
      await desk.goTo('alerts');
      await desk.page.getByRole('main').getByText(/^Live/).waitFor();
    });
    // What is raised now appears without a reload, in the session from before.
    // Its three transfers are hours apart, and none may be late.
    const later = ringOfTransfers(20, ['44', '55', '66'], CLOSES + 4 * 3600);
    await bank.send('sources/transfers/events', later);
    await desk.page.getByRole('row', { name: /66 → 44/ }).waitFor();
    await desk.sees('All works');
  });

  it('that is away from the start says so, and signs in once it is back', async () => {
    expect(expiring).toBeDefined();
    await expiring.tolerating(AWAY, async () => {
      await expiring.sees('Your session has ended. Sign in again.');
    });
    expect(await expiring.page.getByText('Cash-out ring').count()).toBe(0);
    await expiring.page.context().close();
  });
});
