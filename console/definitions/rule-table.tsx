import { Button } from '@mantine/core';
import { countText } from '../display/number-text.ts';
import { useMutation } from '../graphql/use-mutation.ts';
import { useQuery } from '../graphql/use-query.ts';
import { goTo } from '../navigation/location.ts';
import { LoadingRows } from '../parts/loading.tsx';
import { Panel } from '../parts/panel.tsx';
import { Severity } from '../parts/severity.tsx';
import { FailureMessage, ProblemNote, StaleNote, StateMessage } from '../parts/state-message.tsx';
import table from '../parts/table.module.css';
import { Tag } from '../parts/tag.tsx';
import { useMay } from '../session/viewer-context.ts';
import { DisableRule, EnableRule, RuleList, type RuleListResult } from './definitions.operations.ts';

type Rule = RuleListResult['rules']['nodes'][number];

/** The rules in force: what each looks at, what it does, and how much it has worked. */
export function RuleTable() {
  const { data, error, refetch } = useQuery(RuleList, {}, { everySeconds: 15 });
  if (data === null) {
    return (
      <Panel>{error === null ? <LoadingRows /> : <FailureMessage error={error} retry={refetch} />}</Panel>
    );
  }
  if (data.rules.nodes.length === 0) {
    return (
      <Panel>
        <StateMessage icon="empty" title="There is no rule in force">
          <p>A rule is a CREATE RULE statement of the text.</p>
        </StateMessage>
      </Panel>
    );
  }
  return (
    <Panel padded={false}>
      {error === null ? null : <StaleNote error={error} retry={refetch} />}
      <table className={table.table}>
        <thead>
          <tr>
            <th>Rule</th>
            <th>State</th>
            <th>Alert</th>
            <th>Looks at</th>
            <th>Also does</th>
            <th className="num">Fired</th>
            <th className="num">Searches</th>
            <th className="num">Edges a search</th>
            <th>
              <span className="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {data.rules.nodes.map((rule) => (
            <RuleRow key={rule.id} rule={rule} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function RuleRow({ rule }: { readonly rule: Rule }) {
  const mayDefine = useMay('DEFINE');
  const enable = useMutation(EnableRule, { refreshes: ['DraftList'] });
  const disable = useMutation(DisableRule, { refreshes: ['DraftList'] });
  const error = enable.error ?? disable.error;
  const change = async (): Promise<void> => {
    const done = await (rule.enabled ? disable : enable).run({ input: { rule: rule.name } });
    if (done?.draft) goTo(['definitions', 'drafts', done.draft.id]);
  };
  const jobs = Number(rule.jobs);
  return (
    <>
      <tr>
        <td>
          <span className="mono">{rule.name}</span> <span className="dim">version {rule.version}</span>
        </td>
        <td>{rule.enabled ? <Tag kind="good">on</Tag> : <Tag kind="warn">off</Tag>}</td>
        <td>
          {rule.alertTitle === null ? <span className="dim">none</span> : rule.alertTitle}
          {rule.severity === null ? null : (
            <div>
              <Severity severity={rule.severity} />
            </div>
          )}
        </td>
        <td className="mono">
          {rule.relation}
          {rule.graphView === null ? null : <div className="dim">{rule.graphView}</div>}
        </td>
        <td>
          {rule.outcome === null ? null : <Tag>decides {rule.outcome}</Tag>}{' '}
          {rule.refuses ? <Tag kind="warn">refuses the event</Tag> : null}{' '}
          {rule.webhooks.map((name) => (
            <Tag key={name}>calls {name}</Tag>
          ))}
        </td>
        <td className="num">{countText(rule.firings)}</td>
        <td className="num">
          {countText(rule.jobs)}
          {rule.partial === '0' ? null : <div className="dim">{countText(rule.partial)} partial</div>}
        </td>
        <td className="num">{jobs === 0 ? '–' : countText(Math.round(Number(rule.edgesVisited) / jobs))}</td>
        <td className="num">
          {mayDefine ? (
            <Button
              size="compact-xs"
              variant="default"
              loading={enable.running || disable.running}
              aria-label={`Switch ${rule.enabled ? 'off' : 'on'} ${rule.name}: drafts it`}
              onClick={() => void change()}
            >
              {rule.enabled ? 'Switch off' : 'Switch on'}
            </Button>
          ) : null}
        </td>
      </tr>
      {error === null ? null : (
        <tr>
          <td colSpan={9}>
            <ProblemNote error={error} />
          </td>
        </tr>
      )}
    </>
  );
}
