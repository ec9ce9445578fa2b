import type { BrowserContextOptions } from 'playwright-core';
import { Bank, type Person } from './bank.ts';
import { Desk } from './desk.ts';
import { openStage, type Stage } from './stage.ts';

/** A bank of one test file on the shared service, and the desks that its tests have opened. */
export class BranchOffice {
  readonly bank: Bank;
  readonly stage: Stage;
  readonly #desks: Desk[] = [];

  private constructor(stage: Stage, bank: Bank) {
    this.stage = stage;
    this.bank = bank;
  }

  static async open(slug: string): Promise<BranchOffice> {
    const stage = await openStage();
    // The service may have seen the same file before.
    return new BranchOffice(
      stage,
      await Bank.open(stage.service, 'Northfield Bank', `${slug}-${process.pid}`),
    );
  }

  /** A new window of the console in which the person is signed in. */
  async deskOf(person: Pick<Person, 'token'>, options: BrowserContextOptions = {}): Promise<Desk> {
    const desk = await this.desk(options);
    await desk.signIn(person.token);
    return desk;
  }

  /** A new window of the console in which nobody is signed in. */
  async desk(options: BrowserContextOptions = {}): Promise<Desk> {
    const desk = await Desk.open(this.stage.chromium, this.bank.consoleUrl, options);
    this.#desks.push(desk);
    return desk;
  }

  /** Closes what a test has opened. Throws what the browser complained of in the meantime. */
  async leaveDesks(): Promise<void> {
    for (const desk of this.#desks.splice(0)) await desk.leave();
  }

  async close(): Promise<void> {
    await this.stage.chromium.close();
  }
}
