import { MultiSelect, SegmentedControl, Select, TextInput } from '@mantine/core';
import { type RefObject, useEffect, useState } from 'react';
import { sentence } from '../display/words.ts';
import { useQuery } from '../graphql/use-query.ts';
import { Icon } from '../parts/icon.tsx';
import type { SeverityName } from '../parts/severity.tsx';
import { useMay } from '../session/viewer-context.ts';
import { type AlertFilter, SEVERITIES } from './alert-filter.ts';
import styles from './alert-queue-screen.module.css';
import { RuleNames } from './alerts.operations.ts';

const TYPING_MS = 350;

/** Chooses which alerts the queue shows. */
export function AlertFilterBar(props: {
  readonly filter: AlertFilter;
  readonly change: (filter: AlertFilter) => void;
  /** Whether the viewer is a member, to whom alerts can be assigned. */
  readonly member: boolean;
  readonly searchField: RefObject<HTMLInputElement | null>;
}) {
  const { filter, change } = props;
  const mayQuery = useMay('QUERY');
  const { data } = useQuery(RuleNames, {}, { skip: !mayQuery });
  const rules = new Set([...(data?.rules.nodes.map(({ name }) => name) ?? []), ...filter.rules]);
  return (
    <search className={styles.filters} aria-label="Filter alerts">
      <SegmentedControl
        size="xs"
        aria-label="State"
        value={filter.state}
        onChange={(state) => change({ ...filter, state: state as AlertFilter['state'] })}
        data={[
          { value: 'OPEN', label: 'Open' },
          { value: 'ACKNOWLEDGED', label: 'Acknowledged' },
          { value: 'ALL', label: 'All' },
        ]}
      />
      <KeySearch {...props} />
      <MultiSelect
        size="xs"
        aria-label="Severity"
        placeholder={filter.severities.length === 0 ? 'Any severity' : ''}
        clearable
        w={190}
        data={SEVERITIES.map((severity) => ({ value: severity, label: sentence(severity) }))}
        value={[...filter.severities]}
        onChange={(severities) => change({ ...filter, severities: severities as SeverityName[] })}
        clearButtonProps={{ 'aria-label': 'Any severity' }}
      />
      <MultiSelect
        size="xs"
        aria-label="Rule"
        placeholder={filter.rules.length === 0 ? 'Any rule' : ''}
        searchable
        clearable
        w={220}
        data={[...rules].sort()}
        value={[...filter.rules]}
        onChange={(chosen) => change({ ...filter, rules: chosen })}
        clearButtonProps={{ 'aria-label': 'Any rule' }}
      />
      <Select
        size="xs"
        aria-label="Assigned to"
        allowDeselect={false}
        w={140}
        data={[
          { value: 'anyone', label: 'Anyone’s' },
          ...(props.member ? [{ value: 'me', label: 'Mine' }] : []),
          { value: 'nobody', label: 'Unassigned' },
        ]}
        value={filter.assignee}
        onChange={(assignee) => change({ ...filter, assignee: assignee as AlertFilter['assignee'] })}
      />
    </search>
  );
}

/** Searches a value of KEY columns, once the viewer has stopped typing. */
function KeySearch(props: {
  readonly filter: AlertFilter;
  readonly change: (filter: AlertFilter) => void;
  readonly searchField: RefObject<HTMLInputElement | null>;
}) {
  const { filter, change } = props;
  const [text, setText] = useState(filter.key);
  useEffect(() => setText(filter.key), [filter.key]);
  useEffect(() => {
    if (text.trim() === filter.key) return undefined;
    const timer = window.setTimeout(() => change({ ...filter, key: text.trim() }), TYPING_MS);
    return () => window.clearTimeout(timer);
  }, [text, filter, change]);
  return (
    <TextInput
      ref={props.searchField}
      size="xs"
      w={170}
      aria-label="Account or other key"
      placeholder="Account or key"
      leftSection={<Icon name="search" size={14} />}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      spellCheck={false}
    />
  );
}
