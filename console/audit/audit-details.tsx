import { valueText } from '../display/json-text.ts';
import { words } from '../display/words.ts';
import { Facts } from '../parts/facts.tsx';
import type { AuditLogResult } from './audit.operations.ts';

/** All of an audit entry. */
export function AuditDetails({ entry }: { readonly entry: AuditLogResult['audit']['nodes'][number] }) {
  const kind = entry.actor.kind === null ? 'the service' : words(entry.actor.kind);
  return (
    <Facts
      facts={[
        ['Who', `${kind} ${entry.actor.id}`],
        ...Object.entries(entry.details).map(
          ([name, value]) =>
            [
              name,
              <span key={name} className="mono">
                {valueText(value)}
              </span>,
            ] as const,
        ),
        [
          'Hash',
          <span key="hash" className="mono">
            {entry.hash}
          </span>,
        ],
        [
          'Hash before it',
          <span key="before" className="mono">
            {entry.previousHash}
          </span>,
        ],
      ]}
    />
  );
}
