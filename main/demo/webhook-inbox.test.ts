import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AlertLine } from '../alert-line.ts';
import { type AlertMessage, WebhookInbox } from './webhook-inbox.ts';

function message(id: string, position: number): AlertMessage {
  const data = { id, position } as AlertLine;
  return { type: 'alert.raised', timestamp: '2026-11-22T07:14:00.000Z', data };
}

describe('an inbox', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-inbox-'));
    file = path.join(folder, 'webhooks.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps each message once, and knows it again, also when it is opened again', () => {
    const inbox = new WebhookInbox(file);
    expect(inbox.take('msg_b', message('b', 7))).toBe(true);
    expect(inbox.take('msg_a', message('a', 3))).toBe(true);
    expect(inbox.take('msg_b', message('b', 7))).toBe(false);
    const again = new WebhookInbox(file);
    expect(again.take('msg_a', message('a', 3))).toBe(false);
    for (const each of [inbox, again]) {
      expect(each).toMatchObject({ distinct: 2, repeated: 1 });
      expect(each.alerts().map(({ id }) => id)).toEqual(['a', 'b']);
    }
  });

  it('cuts off a line that a kill has left unfinished', () => {
    new WebhookInbox(file).take('msg_a', message('a', 3));
    const whole = readFileSync(file, 'utf8');
    appendFileSync(file, whole.slice(0, 25));
    const inbox = new WebhookInbox(file);
    expect(inbox.distinct).toBe(1);
    expect(inbox.take('msg_c', message('c', 4))).toBe(true);
    expect(new WebhookInbox(file).distinct).toBe(2);
  });

  it('does not take what it cannot keep', () => {
    const inbox = new WebhookInbox(path.join(folder, 'nowhere', 'webhooks.jsonl'));
    expect(() => inbox.take('msg_a', message('a', 3))).toThrow('cannot be written');
    expect(inbox.distinct).toBe(0);
  });
});
