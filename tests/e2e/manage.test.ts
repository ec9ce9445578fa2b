import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { askService } from '../tools/serve-process.ts';
import type { Person } from './bank.ts';
import { BranchOffice } from './branch-office.ts';
import { drawnPixels } from './drawing.ts';
import { RULES } from './example-data.ts';
import { ringOfTransfers } from './example-rings.ts';

const CLOSES = Date.UTC(2026, 10, 27, 10) / 1000;
const WHO = '{ viewer { name scopes } }';

let office: BranchOffice;
let admin: Person;
let analyst: Person;

beforeAll(async () => {
  office = await BranchOffice.open('manage');
  admin = await office.bank.person('Aisha Rahman', 'aisha@northfield.example', [
    'QUERY',
    'ADMIN',
    'AUDIT',
    'DEFINE',
    'INGEST',
  ]);
  analyst = await office.bank.person('Mara Lindqvist', 'mara@northfield.example', ['ALERTS', 'PUBLISH']);
  await office.bank.publish(RULES, 'First rules', admin, analyst);
  await office.bank.send('sources/transfers/events', ringOfTransfers(1, ['11', '22', '33'], CLOSES));
});
afterEach(() => office.leaveDesks());
afterAll(() => office.close());

describe('access', () => {
  it('gives out a key once, which works until it is revoked', async () => {
    const desk = await office.deskOf(admin);
    await desk.goTo('access');
    await desk.page.getByRole('button', { name: 'Create a key' }).click();
    const dialog = desk.page.getByRole('dialog', { name: 'Create a key' });
    await dialog.getByRole('textbox', { name: 'What it is for' }).fill('Nightly report');
    await dialog.getByRole('checkbox', { name: /^query/i }).check();
    await dialog.getByRole('button', { name: 'Create it' }).click();
    const kept = desk.page.getByRole('dialog', { name: 'The key' });
    const secret = await kept.getByText(/^rw_/).innerText();
    await kept.getByRole('button', { name: 'I have kept it' }).click();
    const { address } = office.stage.service;
    expect(await askService(address, secret, WHO)).toEqual({
      viewer: { name: 'Nightly report', scopes: ['QUERY'] },
    });

    await desk.page.getByRole('button', { name: 'Revoke Nightly report' }).click();
    const asked = desk.page.getByRole('dialog', { name: 'Revoke Nightly report?' });
    await asked.getByRole('button', { name: 'Revoke' }).click();
    await desk.page.getByRole('row', { name: /Nightly report.*revoked/ }).waitFor();
    await expect(askService(address, secret, WHO)).rejects.toThrow('UNAUTHENTICATED');
  });

  it('takes a member in, and shuts one out', async () => {
    const desk = await office.deskOf(admin);
    await desk.goTo('access/members');
    await desk.page.getByRole('button', { name: 'Add a member' }).click();
    const dialog = desk.page.getByRole('dialog', { name: 'Add a member' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Otto Meyer');
    await dialog.getByRole('textbox', { name: 'E-mail' }).fill('otto@northfield.example');
    await dialog.getByRole('checkbox', { name: /^query/i }).check();
    await dialog.getByRole('button', { name: 'Add' }).click();
    await desk.sees('otto@northfield.example');
    await desk.page.getByRole('button', { name: 'Shut out Otto Meyer' }).click();
    await desk.page.getByRole('dialog').getByRole('button', { name: 'Shut out' }).click();
    await desk.sees('Otto Meyer is shut out');
    await desk.page.getByRole('row', { name: /Otto Meyer.*shut out/ }).waitFor();
    expect(await desk.page.getByRole('button', { name: 'Shut out Aisha Rahman' }).isDisabled()).toBe(true);
  });

  it('asks before one person may publish alone', async () => {
    const desk = await office.deskOf(admin);
    await desk.goTo('access/settings');
    const rule = desk.page.getByRole('switch', { name: /published by another person/ });
    await rule.click({ force: true });
    const dialog = desk.page.getByRole('dialog', { name: 'Let one person publish alone?' });
    await dialog.getByRole('button', { name: 'Keep it on' }).click();
    expect(await rule.isChecked()).toBe(true);
  });
});

describe('audit', () => {
  it('lists who did what, verifies the chain, and gives out its signed end', async () => {
    const desk = await office.deskOf(admin);
    await desk.goTo('audit');
    await desk.page.getByRole('row', { name: /Aisha Rahman.*key.revoke/ }).waitFor();
    await desk.page.getByRole('textbox', { name: 'Action' }).fill('key.revoke');
    await desk.page
      .getByRole('row', { name: /session.open/ })
      .first()
      .waitFor({ state: 'detached' });
    await desk.page
      .getByRole('button', { name: /More of entry/ })
      .first()
      .click();
    await desk.sees(/[0-9a-f]{64}/);
    await desk.page.getByRole('button', { name: 'Verify' }).click();
    await desk.sees(/\d+ entries, all in place/);
    const download = desk.page.waitForEvent('download');
    await desk.page.getByRole('button', { name: 'Signed head' }).click();
    let text = '';
    for await (const chunk of await (await download).createReadStream()) text += String(chunk);
    const head = JSON.parse(text) as Record<string, unknown>;
    expect(Object.keys(head)).toEqual(expect.arrayContaining(['sequence', 'hash', 'signature']));
  });
});

describe('activity, usage and health', () => {
  it('draw what went through, with a table of the same', async () => {
    const desk = await office.deskOf(admin);
    await desk.goTo('activity');
    const chart = desk.page.getByRole('img', { name: /^Events over time/ });
    await chart.waitFor();
    expect(await drawnPixels(chart)).toBeGreaterThan(200);
    await desk.page.getByRole('button', { name: 'Show the newest as a table' }).click();
    await desk.page.getByRole('columnheader', { name: 'Events', exact: true }).waitFor();
    await desk.page.getByRole('row', { name: /transfers/ }).waitFor();
  });

  it('count what was used', async () => {
    const desk = await office.deskOf(admin);
    await desk.goTo('usage');
    await desk.page.getByRole('row', { name: /Records taken in 3/ }).waitFor();
    await desk.page.getByRole('row', { name: /Alerts raised 1/ }).waitFor();
  });

  it('say that each part works', async () => {
    const desk = await office.deskOf(admin);
    await desk.goTo('health');
    for (const part of ['engine', 'catalog', 'disk']) {
      await desk.page.getByRole('row', { name: new RegExp(`${part}.*works`) }).waitFor();
    }
    await desk.sees('Folded up to offset');
  });
});

describe('what a person may not see', () => {
  it('is said in its place, and what it needs', async () => {
    const desk = await office.deskOf(admin);
    await desk.goTo('alerts');
    await desk.sees('You may not see this');
    await desk.sees(/It needs the scope alerts/);
    const other = await office.deskOf(analyst);
    await other.goTo('audit');
    await other.sees(/It needs the scope audit/);
    await other.goTo('definitions');
    await other.sees(/It needs the scope query/);
  });

  it('is nothing of another tenant', async () => {
    const other = await BranchOffice.open('manage-other');
    try {
      const stranger = await other.bank.person('Eve Stranger', 'eve@other.example', ['ALERTS', 'QUERY']);
      const desk = await office.deskOf(stranger);
      await desk.sees('There is no rule yet');
      const { alerts } = await office.bank.ask('{ alerts(first: 1) { nodes { alertId } } }');
      const [alert] = (alerts as { nodes: { alertId: string }[] }).nodes;
      await desk.goTo(`alerts/${alert?.alertId}`);
      await desk.sees('There is no such alert');
    } finally {
      await office.leaveDesks();
      await other.close();
    }
  });
});
