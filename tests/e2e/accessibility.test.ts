import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TestReceiver } from '../webhooks/test-receiver.ts';
import { seriousFindings } from './axe.ts';
import type { Person } from './bank.ts';
import { BranchOffice } from './branch-office.ts';
import type { Desk } from './desk.ts';
import { eventually } from './eventually.ts';
import { exampleAccount, RULES } from './example-data.ts';
import { ringOfTransfers } from './example-rings.ts';

const CLOSES = Date.UTC(2026, 10, 27, 10) / 1000;
const RING = ['1007', '2011', '3005', '4019'];

let office: BranchOffice;
let receiver: TestReceiver;
let mara: Person;
let draftId = '';

beforeAll(async () => {
  office = await BranchOffice.open('accessibility');
  receiver = await TestReceiver.listen();
  mara = await office.bank.person('Mara Lindqvist', 'mara@northfield.example', [
    'QUERY',
    'ALERTS',
    'DEFINE',
    'PUBLISH',
    'ADMIN',
    'AUDIT',
  ]);
  const jonas = await office.bank.person('Jonas Weber', 'jonas@northfield.example', ['DEFINE', 'PUBLISH']);
  await office.bank.publish(RULES, 'First rules', jonas, mara);
  await office.bank.endpoint('cases', receiver.url);
  await office.bank.send('tables/accounts/rows', RING.map(exampleAccount));
  await office.bank.send('sources/transfers/events', ringOfTransfers(1, RING, CLOSES));
  draftId = await office.bank.draft(RULES.replace('0.9 *', '0.7 *'), 'Less strict', jonas);
  await eventually('deliveries', () => (receiver.received.length >= 2 ? true : null));
});
afterEach(() => office.leaveDesks());
afterAll(async () => {
  await receiver.close();
  await office.close();
});

/** Where to look, and what is there once the screen is whole. */
const SCREENS: readonly (readonly [name: string, place: string, ready: (desk: Desk) => Promise<void>])[] = [
  ['alerts', 'alerts', (desk) => desk.page.getByRole('row', { name: /Fast cash-out/ }).waitFor()],
  [
    'an alert',
    'alert',
    async (desk) => {
      await desk.page.getByRole('img', { name: /back to 1007/ }).waitFor();
      await desk.sees('delivered');
    },
  ],
  ['the text', 'definitions', (desk) => desk.page.locator('.cm-content').waitFor()],
  ['rules', 'definitions/rules', (desk) => desk.page.getByRole('row', { name: /collector/ }).waitFor()],
  ['drafts', 'definitions/drafts', (desk) => desk.sees('Less strict')],
  [
    'a draft',
    'draft',
    (desk) => desk.page.getByRole('region', { name: 'Changed lines', exact: true }).waitFor(),
  ],
  ['versions', 'definitions/versions', (desk) => desk.sees('in force')],
  ['deliveries', 'webhooks', (desk) => desk.sees('delivered')],
  ['endpoints', 'webhooks/endpoints', (desk) => desk.page.getByRole('row', { name: /cases/ }).waitFor()],
  ['activity', 'activity', (desk) => desk.page.getByRole('img', { name: /^Events over time/ }).waitFor()],
  ['keys', 'access', (desk) => desk.page.getByRole('row', { name: /Core banking/ }).waitFor()],
  ['members', 'access/members', (desk) => desk.page.getByRole('row', { name: /Jonas Weber/ }).waitFor()],
  ['settings', 'access/settings', (desk) => desk.page.getByRole('switch').waitFor()],
  [
    'audit',
    'audit',
    (desk) =>
      desk.page
        .getByRole('row', { name: /session.open/ })
        .first()
        .waitFor(),
  ],
  ['usage', 'usage', (desk) => desk.sees('Day by day')],
  ['health', 'health', (desk) => desk.sees('Folded up to offset')],
];

describe.each(['light', 'dark'] as const)('in %s colours axe-core finds nothing serious', (colorScheme) => {
  it('before anyone signs in', async () => {
    const desk = await office.desk({ colorScheme, reducedMotion: 'reduce' });
    await desk.page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await seriousFindings(desk.page)).toEqual([]);
  });

  it('on any screen', async () => {
    const desk = await office.deskOf(mara, { colorScheme, reducedMotion: 'reduce' });
    const { alerts } = await office.bank.ask('{ alerts(first: 1) { nodes { alertId } } }');
    const [alert] = (alerts as { nodes: { alertId: string }[] }).nodes;
    const found: string[] = [];
    for (const [name, place, ready] of SCREENS) {
      const address = place
        .replace(/^alert$/, `alerts/${alert?.alertId}`)
        .replace(/^draft$/, `definitions/drafts/${encodeURIComponent(draftId)}`);
      await desk.goTo(address);
      await ready(desk);
      for (const finding of await seriousFindings(desk.page)) found.push(`${name}: ${finding}`);
    }
    expect(found).toEqual([]);
  });

  it('in a dialog, a menu and a list that are open', async () => {
    const desk = await office.deskOf(mara, { colorScheme, reducedMotion: 'reduce' });
    const found: string[] = [];
    const look = async (name: string): Promise<void> => {
      for (const finding of await seriousFindings(desk.page)) found.push(`${name}: ${finding}`);
    };
    await desk.page.getByRole('row', { name: /Fast cash-out/ }).waitFor();
    await desk.page.keyboard.press('?');
    await desk.page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await look('keyboard');
    await desk.page.keyboard.press('Escape');
    await desk.page.getByRole('combobox', { name: 'Period' }).click();
    await desk.page.getByRole('option', { name: 'Last hour' }).waitFor();
    await look('periods');
    await desk.goTo('webhooks/endpoints');
    await desk.page.getByRole('button', { name: 'Actions for cases' }).click();
    await desk.page.getByRole('menuitem', { name: 'Send a test' }).waitFor();
    await look('menu');
    await desk.goTo('access');
    await desk.page.getByRole('button', { name: 'Create a key' }).click();
    await desk.page.getByRole('dialog', { name: 'Create a key' }).waitFor();
    await look('key');
    expect(found).toEqual([]);
  });
});

describe('axe-core', () => {
  it('would find what is wrong', async () => {
    const desk = await office.desk();
    await desk.page.getByRole('button', { name: 'Sign in' }).waitFor();
    await desk.page.evaluate(() => {
      document.querySelector('button')!.textContent = '';
      document.querySelector('label')!.remove();
    });
    expect((await seriousFindings(desk.page)).join('\n')).toContain('label');
  });
});
