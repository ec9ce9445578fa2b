import { Checkbox } from '@mantine/core';
import { sentence } from '../display/words.ts';
import { type Scope, useViewer } from '../session/viewer-context.ts';
import styles from './access.module.css';

const SCOPES: ReadonlyArray<readonly [Scope, string]> = [
  ['ALERTS', 'read alerts, acknowledge, assign and comment on them'],
  ['QUERY', 'read definitions and run queries'],
  ['DEFINE', 'draft definitions'],
  ['PUBLISH', 'publish what another has drafted'],
  ['INGEST', 'send events and table rows'],
  ['DECIDE', 'ask for decisions'],
  ['ADMIN', 'manage members, keys, settings and webhooks'],
  ['AUDIT', 'read and verify the audit log'],
];

/** Chooses scopes; those that the viewer lacks cannot be given. */
export function ScopeField(props: {
  readonly value: readonly Scope[];
  readonly change: (scopes: Scope[]) => void;
}) {
  const { scopes } = useViewer();
  return (
    <Checkbox.Group
      label="Scopes"
      description="No more than your own can be given."
      value={[...props.value]}
      onChange={(value) => props.change(value as Scope[])}
    >
      <div className={styles.scopes}>
        {SCOPES.map(([scope, text]) => (
          <Checkbox
            key={scope}
            size="sm"
            value={scope}
            disabled={!scopes.includes(scope)}
            label={
              <>
                {sentence(scope)} <span className="dim">{text}</span>
              </>
            }
          />
        ))}
      </div>
    </Checkbox.Group>
  );
}
