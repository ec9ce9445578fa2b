import { bytesText, countText } from '../display/number-text.ts';
import { durationText } from '../display/time-text.ts';
import { words } from '../display/words.ts';
import { useQuery } from '../graphql/use-query.ts';
import { Facts } from '../parts/facts.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import { FailureMessage, StaleNote } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { Tag, type TagKind } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import { GraphMemory } from './graph-memory.tsx';
import styles from './health-screen.module.css';
import { HealthDetail, type HealthDetailResult } from './health.operations.ts';

type State = HealthDetailResult['health']['state'];
type EngineFacts = NonNullable<HealthDetailResult['health']['engine']>;
const KINDS: Readonly<Record<State, TagKind>> = { OK: 'good', DEGRADED: 'warn', DOWN: 'bad' };
const TEXTS: Readonly<Record<State, string>> = { OK: 'works', DEGRADED: 'degraded', DOWN: 'down' };
const DOES: Readonly<Record<string, string>> = {
  engine: 'folds the log: windows, graphs, rules, decisions',
  catalog: 'keeps keys, drafts, alerts and the audit log',
  disk: 'keeps the log and the checkpoints',
  memory: 'holds windows, tables and graphs',
  delivery: 'sends webhooks',
};

/** Whether the service works for the tenant, part by part, and how far its log is folded. */
export function HealthScreen() {
  const { data, error, refetch } = useQuery(HealthDetail, {}, { everySeconds: 5 });
  if (data === null) {
    return (
      <Screen title="Health">
        <Panel>{error === null ? <LoadingRows /> : <FailureMessage error={error} retry={refetch} />}</Panel>
      </Screen>
    );
  }
  const { health } = data;
  return (
    <Screen
      title="Health"
      lead={
        <>
          Ringwatch {health.version}, running since <Time at={health.startedAt} zone />
        </>
      }
      actions={<StateTag state={health.state} />}
    >
      {error === null ? null : <StaleNote error={error} retry={refetch} />}
      <Panel title="Parts" padded={false}>
        <table className={table.table}>
          <thead>
            <tr>
              <th>Part</th>
              <th>State</th>
              <th>What it does</th>
              <th>More</th>
            </tr>
          </thead>
          <tbody>
            {health.parts.map((part) => (
              <tr key={part.name}>
                <td>{words(part.name)}</td>
                <td>
                  <StateTag state={part.state} />
                </td>
                <td className="dim">{DOES[part.name]}</td>
                <td>{part.message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      {health.engine === null ? null : <Engine engine={health.engine} />}
      {health.engine === null ? null : <GraphMemory />}
    </Screen>
  );
}

function StateTag({ state }: { readonly state: State }) {
  return (
    <Tag kind={KINDS[state]} icon={state === 'OK' ? 'check' : 'warning'}>
      {TEXTS[state]}
    </Tag>
  );
}

/** What is held of what may be, and whether that is why nothing is taken in. */
function memoryText({ memoryBytes, memoryLimit, memoryShort, stateBytes }: EngineFacts): string {
  const held = bytesText(Number(memoryBytes ?? stateBytes));
  const of = memoryLimit === null ? held : `${held} of ${bytesText(Number(memoryLimit))}`;
  return memoryShort ? `${of}: no rows are taken in` : of;
}

function Engine({ engine }: { readonly engine: EngineFacts }) {
  return (
    <div className={styles.columns}>
      <Panel title="The log">
        <Facts
          facts={[
            ['Folded up to offset', countText(engine.offset)],
            ['Durable up to offset', countText(engine.durableOffset)],
            ['Waiting to be folded', `${countText(engine.lag)} (${durationText(engine.lagMs)})`],
            ['Position', countText(engine.position)],
          ]}
        />
      </Panel>
      <Panel title="What it holds">
        <Facts
          facts={[
            [
              'Definitions',
              engine.definitionsVersion === 0 ? 'none' : `version ${engine.definitionsVersion}`,
            ],
            ['State in memory', memoryText(engine)],
            ['Accepted records', countText(engine.accepted)],
            ['Alerts raised', countText(engine.alerts)],
          ]}
        />
      </Panel>
    </div>
  );
}
