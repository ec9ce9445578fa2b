import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TAKE, TestReceiver, verifiesWith } from '../webhooks/test-receiver.ts';
import type { Person } from './bank.ts';
import { BranchOffice } from './branch-office.ts';
import { eventually } from './eventually.ts';
import { RULES } from './example-data.ts';
import { ringOfTransfers } from './example-rings.ts';

const CLOSES = Date.UTC(2026, 10, 27, 10) / 1000;

let office: BranchOffice;
let receiver: TestReceiver;
let mara: Person;
let secret = '';

beforeAll(async () => {
  office = await BranchOffice.open('webhooks');
  receiver = await TestReceiver.listen();
  mara = await office.bank.person('Mara Lindqvist', 'mara@northfield.example', [
    'QUERY',
    'ALERTS',
    'ADMIN',
    'DEFINE',
  ]);
  const jonas = await office.bank.person('Jonas Weber', 'jonas@northfield.example', ['PUBLISH']);
  await office.bank.publish(RULES, 'First rules', mara, jonas);
});
afterEach(() => office.leaveDesks());
afterAll(async () => {
  await receiver.close();
  await office.close();
});

describe('webhooks', () => {
  it('begin with an endpoint, whose secret is shown once', async () => {
    const desk = await office.deskOf(mara);
    await desk.goTo('webhooks');
    await desk.sees('Nothing was sent yet');
    await desk.page.getByRole('tab', { name: 'Endpoints' }).click();
    await desk.sees('There is no endpoint yet');
    await desk.page.getByRole('button', { name: 'Add an endpoint' }).click();
    const dialog = desk.page.getByRole('dialog', { name: 'Add an endpoint' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('cases');
    await dialog.getByRole('textbox', { name: 'Address' }).fill('http://169.254.169.254/latest/meta-data');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    // An address that the operator does not allow is refused, and the dialog stays as it is.
    await desk.sees('ADDRESS_REFUSED', dialog);
    await dialog.getByRole('textbox', { name: 'Address' }).fill(receiver.url);
    await dialog.getByRole('button', { name: 'Add it' }).click();
    const kept = desk.page.getByRole('dialog', { name: "The endpoint's secret" });
    secret = await kept.getByText(/^whsec_/).innerText();
    await kept.getByRole('button', { name: 'I have kept it' }).click();
    await desk.page.getByRole('row', { name: /cases.*enabled/ }).waitFor();
    expect(await desk.page.getByText(secret).count()).toBe(0);
  });

  it('are listed as they are delivered, and one is replayed under the same id', async () => {
    const desk = await office.deskOf(mara);
    await desk.goTo('webhooks');
    await desk.sees('Nothing was sent yet');
    await office.bank.send('sources/transfers/events', ringOfTransfers(1, ['11', '22', '33'], CLOSES));
    const [first] = await eventually('a message at the receiver', () =>
      receiver.received.length > 0 ? receiver.received : null,
    );
    expect(verifiesWith(first!, { secret })).toEqual(['secret']);

    await desk.page.reload();
    const row = desk.page.getByRole('row', { name: new RegExp(first!.id) });
    await desk.sees('delivered', row);
    await desk.sees('Cash-out ring', row);
    await row.getByRole('button', { name: `Replay ${first!.id}` }).click();
    await desk.sees('The message is sent again, under the same id');
    const again = await eventually('the message again', () => receiver.received[1] ?? null);
    expect([again.id, again.body]).toEqual([first!.id, first!.body]);
    expect(verifiesWith(again, { secret })).toEqual(['secret']);
    await row.getByRole('cell', { name: '2', exact: true }).waitFor();

    await row.getByRole('link', { name: first!.id }).click();
    const main = await desk.screen(first!.id);
    await desk.sees('2 attempts', main);
    await desk.sees('webhook-signature', main);
    await desk.sees('204', main);
  });

  it('that fail say why, and when they are tried again', async () => {
    const desk = await office.deskOf(mara);
    receiver.behave = (_, response) => void response.writeHead(503).end('the case system is down');
    await desk.goTo('webhooks/endpoints');
    await desk.page.getByRole('button', { name: 'Actions for cases' }).click();
    await desk.page.getByRole('menuitem', { name: 'Send a test' }).click();
    await desk.screen(/^msg_/);
    await desk.sees('the case system is down');
    await desk.sees('pending');
    receiver.behave = TAKE;
    await desk.page.getByRole('button', { name: 'Replay' }).click();
    await desk.page.getByRole('main').getByText('delivered', { exact: true }).waitFor();
  });

  it('of a range are replayed together', async () => {
    const desk = await office.deskOf(mara);
    const before = receiver.received.length;
    await desk.goTo('webhooks');
    await desk.page.getByRole('button', { name: 'Replay a range' }).click();
    const dialog = desk.page.getByRole('dialog', { name: 'Replay a range' });
    // Those that failed are offered first; there are none.
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await desk.sees('Nothing was sent again', dialog);
    await dialog.getByRole('combobox', { name: 'State' }).click();
    await desk.page.getByRole('option', { name: 'Any state' }).click();
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await desk.sees('2 messages sent again');
    await eventually('two messages more', () => (receiver.received.length >= before + 2 ? true : null));
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(2);
  });
});
