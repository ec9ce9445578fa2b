import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { askService } from '../tools/serve-process.ts';
import type { Person } from './bank.ts';
import { BranchOffice } from './branch-office.ts';
import type { Desk } from './desk.ts';
import { RULES } from './example-data.ts';

const SMALL = `CREATE SOURCE transfers (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2));
CREATE VIEW large AS SELECT id, paye FROM transfers WHERE amount > 1000;
`;

let office: BranchOffice;
let author: Person;
let publisher: Person;

beforeAll(async () => {
  office = await BranchOffice.open('definitions');
  author = await office.bank.person('Ada Novak', 'ada@northfield.example', ['QUERY', 'DEFINE', 'PUBLISH']);
  publisher = await office.bank.person('Jonas Weber', 'jonas@northfield.example', [
    'QUERY',
    'DEFINE',
    'PUBLISH',
  ]);
});
afterEach(() => office.leaveDesks());
afterAll(() => office.close());

/** Puts another text into the editor: pasted, as from a file. */
async function write(desk: Desk, text: string): Promise<void> {
  await desk.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await desk.page.getByRole('textbox', { name: 'Definitions' }).click();
  await desk.page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await desk.page.keyboard.press('Control+A');
  await desk.page.keyboard.press('Control+V');
}

async function draft(desk: Desk, comment: string): Promise<string> {
  await desk.page.getByRole('button', { name: 'Draft it' }).click();
  const dialog = desk.page.getByRole('dialog', { name: 'Draft the text' });
  await dialog.getByRole('textbox', { name: 'What it changes, and why' }).fill(comment);
  await dialog.getByRole('button', { name: 'Draft it' }).click();
  await desk.page.getByRole('button', { name: 'Publish' }).waitFor();
  return desk.page.url();
}

describe('definitions', () => {
  let draftUrl = '';

  it('are checked as they are written, each error at its place', async () => {
    const desk = await office.deskOf(author);
    await desk.goTo('definitions');
    await desk.sees('Nothing is published yet');
    await write(desk, SMALL);
    await desk.sees('there is no column named paye');
    await desk.sees('Did you mean payer?');
    const marked = desk.page.locator('.cm-lintRange-error');
    await marked.waitFor();
    expect(await marked.innerText()).toBe('paye');

    // The place is a button that puts the cursor there.
    await desk.page.getByRole('button', { name: '2:33' }).click();
    await desk.page.keyboard.press('Control+ArrowRight');
    await desk.page.keyboard.insertText('r');
    await desk.sees('It can be published.');
    expect(await desk.page.locator('.cm-lintRange-error').count()).toBe(0);
  });

  it('are drafted with what they would change on show, and not published by who drafted them', async () => {
    const desk = await office.deskOf(author);
    await desk.goTo('definitions');
    await write(desk, RULES);
    await desk.sees('It can be published.');
    const added = desk.page.getByRole('listitem').filter({ hasText: 'added' });
    expect((await added.allInnerTexts()).join('\n')).toMatch(
      /rule\s+cash_out_ring[\s\S]*|graph view\s+capital_flow/,
    );
    draftUrl = await draft(desk, 'First rules');
    await desk.sees('A second person has to publish this.');
    expect(await desk.page.getByRole('button', { name: 'Publish' }).isDisabled()).toBe(true);
    // The button is the least of it: the service refuses.
    const draftId = decodeURIComponent(draftUrl.split('/').at(-1) ?? '');
    await expect(
      askService(
        office.stage.service.address,
        author.token,
        'mutation($input: PublishDefinitionsInput!) { publishDefinitions(input: $input) { userErrors { code message } } }',
        { input: { draftId } },
      ),
    ).rejects.toThrow('SECOND_PERSON_NEEDED');
  });

  it('are published by another person, to whom the author sends the address', async () => {
    const desk = await office.deskOf(publisher);
    await desk.page.goto(draftUrl);
    await desk.sees('“First rules”');
    await desk.sees(/CREATE RULE cash_out_ring/);
    await desk.page.getByRole('button', { name: 'Publish' }).click();
    await desk.sees('Version 1 is in force');
    await desk.sees('Version 1, in force');
    await desk.goTo('definitions/rules');
    const rule = desk.page.getByRole('row', { name: /cash_out_ring/ });
    await rule.waitFor();
    expect(await rule.innerText()).toMatch(/on[\s\S]*Cash-out ring[\s\S]*High/);
  });

  it('say before they are drafted what a change does to statements, state and lines', async () => {
    const desk = await office.deskOf(author);
    await desk.goTo('definitions');
    await desk.sees('Version 1, in force');
    await write(desk, RULES.replaceAll("INTERVAL '40 days'", "INTERVAL '30 days'"));
    await desk.sees('It can be published.');
    const changed = desk.page.getByRole('region', { name: 'Changed lines', exact: true });
    await desk.sees("ASCENDING BY at WITHIN INTERVAL '30 days'", changed);
    await desk.sees("ASCENDING BY at WITHIN INTERVAL '40 days'", changed);
    await desk.sees(/statements unchanged/);

    // A statement that is left out is dropped only where that is asked for.
    await write(desk, RULES.slice(0, RULES.indexOf('-- What is around an account.')));
    await desk.sees('DROP_NOT_ALLOWED');
    expect(await desk.page.getByRole('button', { name: 'Draft it' }).isDisabled()).toBe(true);
    await desk.page.getByRole('checkbox', { name: /dropped/ }).check();
    await desk.sees('It can be published.');

    // What is not drafted stays over a change of page, and can be given up.
    await desk.goTo('alerts');
    await desk.goTo('definitions');
    await desk.sees('Changed text, not drafted yet');
    await desk.page.getByRole('button', { name: 'Back to what is in force' }).click();
    await desk.sees('Version 1, in force');
  });

  it('are switched off and rolled back by drafts, which a second person publishes', async () => {
    const desk = await office.deskOf(author);
    await desk.goTo('definitions/rules');
    await desk.page.getByRole('button', { name: 'Switch off collector: drafts it' }).click();
    await desk.screen('Switch off collector');
    const url = desk.page.url();
    const second = await office.deskOf(publisher);
    await second.page.goto(url);
    await second.page.getByRole('button', { name: 'Publish' }).click();
    await second.sees('collector is switched off');
    await second.page.getByRole('row', { name: /collector.*off/ }).waitFor();

    const shorter = RULES.replaceAll("INTERVAL '40 days'", "INTERVAL '30 days'");
    await office.bank.publish(shorter, 'Thirty days', author, publisher);
    await second.goTo('definitions/versions');
    await second.page.getByRole('button', { name: 'Roll back to version 1: drafts it' }).click();
    await second.screen('An older text again');
    await second.page.getByRole('button', { name: 'Take it back' }).click();
    await second.sees('withdrawn');
    await second.goTo('definitions/drafts');
    await second.page.getByRole('row', { name: /withdrawn/ }).waitFor();
  });
});
