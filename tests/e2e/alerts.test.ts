import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import type { Person } from './bank.ts';
import { BranchOffice } from './branch-office.ts';
import { drawnPixels, writeDown } from './drawing.ts';
import { exampleAccount, RULES } from './example-data.ts';
import { ringOfTransfers } from './example-rings.ts';

const RING = ['1007', '2011', '3005', '4019'];
/** Four transfers on 27 November 2026, the last at 10:00 UTC: 11:00 in Amsterdam. */
const CLOSES = Date.UTC(2026, 10, 27, 10) / 1000;
const MINUTE = 60;

let office: BranchOffice;
let mara: Person;
let jonas: Person;

beforeAll(async () => {
  office = await BranchOffice.open('alerts');
  mara = await office.bank.person('Mara Lindqvist', 'mara@northfield.example', ['QUERY', 'ALERTS', 'ADMIN']);
  jonas = await office.bank.person('Jonas Weber', 'jonas@northfield.example', ['QUERY', 'ALERTS', 'PUBLISH']);
  const author = await office.bank.person('Ada Novak', 'ada@northfield.example', ['DEFINE']);
  await office.bank.publish(RULES, 'First rules', author, jonas);
  await office.bank.send('tables/accounts/rows', RING.map(exampleAccount));
});
afterEach(() => office.leaveDesks());
afterAll(() => office.close());

/** A party as tables show it. */
const name = (id: string): string => `${id} ${exampleAccount(id).name}`;

/** The texts of a table's rows, cell by cell, without the head. */
async function cells(table: Locator): Promise<string[][]> {
  return await table
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll('td')].map((cell) => cell.innerText.replaceAll(/\s+/g, ' ').trim()),
      ),
    );
}

describe('the alert queue', () => {
  it('says that nothing is open, and shows a new alert without a reload', async () => {
    const desk = await office.deskOf(mara);
    await desk.screen('Alerts');
    await desk.sees('Nothing is open');
    await desk.sees('Live');
    await desk.page.evaluate('window.stillTheSamePage = true');

    await office.bank.send('sources/transfers/events', ringOfTransfers(1, RING, CLOSES));

    const row = desk.page.getByRole('row', { name: /Fast cash-out ring/ });
    await row.waitFor();
    const text = (await row.innerText()).replaceAll(/\s+/g, ' ');
    expect(text).toMatch(
      /Critical Fast cash-out ring fast_ring 4019 → 1007 3,740.00 4 27 Nov 2026, 11:00:00 .* nobody newopen/,
    );
    await desk.page.getByRole('row', { name: /High Cash-out ring/ }).waitFor();
    await desk.page.getByRole('link', { name: /Alerts 2 open/ }).waitFor();
    expect(await desk.page.evaluate('window.stillTheSamePage')).toBe(true);
  });

  it('shows what a filter asks for, and keeps it in the address', async () => {
    await office.bank.send('sources/transfers/events', [
      { tx: 90, t: CLOSES + MINUTE, src: '5001', dst: '5002', amount: '2000.00' },
    ]);
    const desk = await office.deskOf(mara);
    const rows = desk.page.getByRole('main').locator('tbody tr');
    await desk.page.getByRole('row', { name: /Large transfer/ }).waitFor();
    expect(await rows.count()).toBe(3);
    await desk.page.getByRole('button', { name: 'Critical 1' }).click();
    await desk.page.getByRole('row', { name: /Large transfer/ }).waitFor({ state: 'detached' });
    // Until the filter's own alerts are there, there are none.
    await desk.page.getByRole('row', { name: /Fast cash-out ring/ }).waitFor();
    expect(await rows.count()).toBe(1);
    expect(desk.page.url()).toContain('severities=CRITICAL');

    const other = await office.deskOf(jonas);
    await other.page.goto(desk.page.url());
    await other.page.getByRole('row', { name: /Fast cash-out ring/ }).waitFor();
    expect(await other.page.getByRole('main').locator('tbody tr').count()).toBe(1);

    await desk.goTo('alerts?key=5001');
    await desk.page.getByRole('row', { name: /Large transfer/ }).waitFor();
    expect(await rows.count()).toBe(1);
    await desk.page.getByRole('textbox', { name: 'Account or other key' }).fill('no such account');
    await desk.sees('No alert fits the filter');
  });
});

describe('an alert', () => {
  it('shows its ring, played in the order of time, beside a table with the same facts', async () => {
    const desk = await office.deskOf(mara);
    await desk.page.getByRole('link', { name: 'Fast cash-out ring' }).click();
    const main = await desk.screen(/Fast cash-out ring/);
    const drawing = desk.page.getByRole('img', { name: /4 hops from 1007 .* back to 1007/ });
    await drawing.waitFor();
    const before = await drawnPixels(drawing);
    expect(before).toBeGreaterThan(2_000);

    const table = main.getByRole('region', { name: 'Steps in time' });
    expect((await cells(table)).map((row) => row.slice(0, 5))).toEqual([
      ['1', name('1007'), name('2011'), '950.00', '27 Nov 2026, 08:00:00'],
      ['2', name('2011'), name('3005'), '940.00', '27 Nov 2026, 09:00:00'],
      ['3', name('3005'), name('4019'), '930.00', '27 Nov 2026, 10:00:00'],
      ['4', name('4019'), name('1007'), '920.00', '27 Nov 2026, 11:00:00'],
    ]);

    const told = await writeDown(main.locator('[data-now-playing]'));
    await desk.page.getByRole('button', { name: 'Play in time' }).click();
    await desk.sees(/· closes the ring/, main);
    expect(
      (await told()).map((text) => /(\d of \d) · (\d+) → (\d+) · ([\d.,]+)/.exec(text)?.slice(1)),
    ).toEqual([
      ['1 of 4', '1007', '2011', '950.00'],
      ['2 of 4', '2011', '3005', '940.00'],
      ['3 of 4', '3005', '4019', '930.00'],
      ['4 of 4', '4019', '1007', '920.00'],
    ]);
    await desk.page.getByRole('button', { name: 'Show all' }).click();
    await desk.sees('All 4 steps shown.');
    // A click on a step of the table takes the drawing there: what is later fades, so that less is drawn in full.
    await table.getByRole('button', { name: 'Show step 2' }).click();
    await desk.sees('2 of 4');
  });

  it('says why it was raised and how it was found', async () => {
    const desk = await office.deskOf(jonas);
    await desk.page.getByRole('link', { name: 'Fast cash-out ring' }).click();
    const main = await desk.screen(/Fast cash-out ring/);
    await desk.sees(
      /4 hops from 1007 over 2011, 3005 and 4019 back to 1007, 3,740.00 in all, within 3 hours/,
      main,
    );
    await desk.sees('match p', main);
    await desk.sees('rule fast_ring fired', main);
    await desk.sees(/edges? looked at/, main);
    await desk.sees('fast_ring, version 1', main);
    const download = desk.page.waitForEvent('download');
    await desk.page.getByRole('button', { name: 'Download' }).click();
    await desk.page.getByRole('menuitem', { name: 'Drawing (SVG)' }).click();
    expect((await download).suggestedFilename()).toMatch(/^ringwatch-[a-z2-7]{26}\.svg$/);
  });

  it('is assigned, commented on and acknowledged, which a colleague sees', async () => {
    const desk = await office.deskOf(mara);
    await desk.page.getByRole('link', { name: 'Cash-out ring', exact: true }).click();
    await desk.screen(/^Cash-out ring/);
    await desk.page.getByRole('combobox', { name: 'Assigned to' }).click();
    await desk.page.getByRole('option', { name: 'Jonas Weber' }).click();
    await desk.sees('Assigned to Jonas Weber');
    await desk.page
      .getByRole('textbox', { name: 'Comment' })
      .fill('The same four as in October.\nAsk the branch.');
    await desk.page.getByRole('button', { name: 'Comment' }).click();
    await desk.page.getByRole('listitem').filter({ hasText: 'The same four as in October.' }).waitFor();

    const colleague = await office.deskOf(jonas);
    await colleague.goTo('alerts?assignee=me');
    await colleague.page.getByRole('link', { name: 'Cash-out ring' }).click();
    await colleague.sees(/The same four as in October/);
    await colleague.page.getByRole('button', { name: 'Acknowledge' }).click();
    await colleague.sees('acknowledged by Jonas Weber');
    await colleague.goTo('alerts?state=ACKNOWLEDGED');
    await colleague.page.getByRole('row', { name: /Cash-out ring.*Jonas Weber/ }).waitFor();

    await desk.page.reload();
    await desk.sees('acknowledged by Jonas Weber');
    await desk.page.getByRole('button', { name: 'Reopen' }).click();
    await desk.page.getByRole('button', { name: 'Acknowledge' }).waitFor();
  });
});

describe('the keyboard alone', () => {
  it('signs in, goes through the queue, plays a ring, acknowledges and comes back', async () => {
    const desk = await office.desk();
    const { keyboard } = desk.page;
    await desk.page.locator('input:focus').waitFor();
    await keyboard.insertText(mara.token);
    await keyboard.press('Enter');
    await desk.screen('Alerts');
    await desk.page.getByRole('row', { name: /Fast cash-out ring/ }).waitFor();

    await keyboard.press('?');
    await desk.page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await keyboard.press('Escape');
    await desk.page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'detached' });

    for (let n = 0; n < 5; n++) {
      await keyboard.press('j');
      const focused = await desk.page.evaluate(() => document.activeElement?.textContent ?? '');
      if (focused === 'Fast cash-out ring') break;
    }
    await keyboard.press('Enter');
    await desk.screen(/Fast cash-out ring/);
    await desk.sees('All 4 steps shown.');
    await keyboard.press('ArrowRight');
    await desk.sees('1 of 4');
    await keyboard.press('ArrowRight');
    await desk.sees('2 of 4');
    await keyboard.press(' ');
    await desk.sees(/· closes the ring/);
    await keyboard.press('a');
    await desk.sees('acknowledged by Mara Lindqvist');
    await keyboard.press('u');
    await desk.screen('Alerts');
    await desk.page.getByRole('row', { name: /Fast cash-out ring/ }).waitFor({ state: 'detached' });
    await keyboard.press('/');
    await keyboard.insertText('5001');
    await desk.page.getByRole('row', { name: /^(?!.*5001).*Cash-out ring/ }).waitFor({ state: 'detached' });
    await desk.page.getByRole('row', { name: /Large transfer/ }).waitFor();
  });
});

describe('the viewer’s place and window', () => {
  it.each([
    ['Pacific/Auckland', 'Auckland', '27 Nov 2026, 23:00:00'],
    ['America/St_Johns', 'St Johns', '27 Nov 2026, 06:30:00'],
    ['UTC', 'UTC', '27 Nov 2026, 10:00:00'],
  ])(
    '%s gives times of its own, the zone beside them and UTC behind them',
    async (timezoneId, zone, time) => {
      const desk = await office.deskOf(mara, { timezoneId });
      await desk.goTo('alerts?state=ALL');
      const row = desk.page.getByRole('row', { name: /Fast cash-out ring/ });
      await row.waitFor();
      const shown = row.getByRole('time').first();
      expect([await shown.innerText(), await shown.getAttribute('title')]).toEqual([
        expect.stringContaining(time),
        '2026-11-27 10:00:00.000 UTC',
      ]);
      await desk.page.getByRole('columnheader', { name: `Time (${zone})` }).waitFor();
    },
  );

  it.each([
    ['a tablet', 820, 1180],
    ['a phone', 390, 844],
  ])('%s has room for the queue, an alert and the way between them', async (_, width, height) => {
    const desk = await office.deskOf(mara, { viewport: { width, height }, hasTouch: true });
    const fits = async (): Promise<void> => {
      const wide = await desk.page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide).toBeLessThanOrEqual(width);
      const main = await desk.page
        .getByRole('main')
        .evaluate((element) => [element.scrollWidth, element.clientWidth]);
      expect(main[0]).toBeLessThanOrEqual(main[1] as number);
    };
    await desk.goTo('alerts?state=ALL');
    await desk.page.getByRole('link', { name: 'Fast cash-out ring' }).waitFor();
    await fits();
    await desk.page.getByRole('link', { name: 'Fast cash-out ring' }).tap();
    await desk.screen(/Fast cash-out ring/);
    await desk.page.getByRole('img', { name: /back to 1007/ }).waitFor();
    await fits();
    await desk.page.getByRole('link', { name: 'Alerts', exact: false }).first().tap();
    await desk.screen('Alerts');
    for (const place of ['Definitions', 'Webhooks', 'Activity', 'Health']) {
      await desk.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: place }).tap();
      await desk.screen(place);
      await fits();
    }
  });
});
