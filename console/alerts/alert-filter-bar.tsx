import { Button, MultiSelect, SegmentedControl, Select, TextInput } from '@mantine/core';
import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import { countText } from '../display/number-text.ts';
import { localInputValue, zoneText } from '../display/time-text.ts';
import { useQuery } from '../graphql/use-query.ts';
import { Icon } from '../parts/icon.tsx';
import { Severity, type SeverityName } from '../parts/severity.tsx';
import { useMay, useViewer } from '../session/viewer-context.ts';
import { PeopleToAssign } from './alert.operations.ts';
import {
  type AlertFilter,
  type AlertOrder,
  isNarrowed,
  PERIOD_HOURS,
  type Period,
  SEVERITIES,
  widened,
} from './alert-filter.ts';
import styles from './alert-filter-bar.module.css';
import { RuleNames } from './alerts.operations.ts';

const TYPING_MS = 350;

interface FilterProps {
  readonly filter: AlertFilter;
  readonly change: (filter: AlertFilter) => void;
}

/** Chooses which alerts the queue shows, and in what order. */
export function AlertFilterBar(
  props: FilterProps & {
    /** How many there are of each severity; null while that is not known. */
    readonly counts: ReadonlyMap<SeverityName, number> | null;
    readonly searchField: RefObject<HTMLInputElement | null>;
  },
) {
  const { filter, change } = props;
  return (
    <search className={styles.bar} aria-label="Filter alerts">
      <div className={styles.line}>
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
        <SeverityChoice {...props} />
        <Select
          size="xs"
          className={styles.order}
          aria-label="Order"
          allowDeselect={false}
          data={[
            { value: 'NEWEST', label: 'Newest first' },
            { value: 'SEVERITY', label: 'Severest first' },
          ]}
          value={filter.order}
          onChange={(order) => change({ ...filter, order: order as AlertOrder })}
        />
      </div>
      <div className={styles.line}>
        <KeySearch {...props} />
        <RuleChoice {...props} />
        <AssigneeChoice {...props} />
        <PeriodChoice {...props} />
        {isNarrowed(filter) ? (
          <Button size="xs" variant="subtle" color="gray" onClick={() => change(widened(filter))}>
            Clear the filter
          </Button>
        ) : null}
      </div>
    </search>
  );
}

/** A button for each severity with how many there are; several can be on. */
function SeverityChoice({
  filter,
  change,
  counts,
}: FilterProps & { readonly counts: ReadonlyMap<SeverityName, number> | null }) {
  const toggle = (severity: SeverityName): void => {
    const on = new Set(filter.severities);
    if (!on.delete(severity)) on.add(severity);
    change({ ...filter, severities: SEVERITIES.filter((each) => on.has(each)) });
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a line everywhere
    <div className={styles.severities} role="group" aria-label="Severity">
      {SEVERITIES.map((severity) => (
        <button
          key={severity}
          type="button"
          className={styles.severity}
          aria-pressed={filter.severities.includes(severity)}
          onClick={() => toggle(severity)}
        >
          <Severity severity={severity} />
          <span className={styles.count}>{counts === null ? '' : countText(counts.get(severity) ?? 0)}</span>
        </button>
      ))}
    </div>
  );
}

function RuleChoice({ filter, change }: FilterProps) {
  const { data } = useQuery(RuleNames, {}, { skip: !useMay('QUERY') });
  const rules = new Set([...(data?.rules.nodes.map(({ name }) => name) ?? []), ...filter.rules]);
  return (
    <MultiSelect
      size="xs"
      className={styles.rules}
      aria-label="Rule"
      placeholder={filter.rules.length === 0 ? 'Any rule' : ''}
      searchable
      clearable
      data={[...rules].sort()}
      value={[...filter.rules]}
      onChange={(chosen) => change({ ...filter, rules: chosen })}
      clearButtonProps={{ 'aria-label': 'Any rule' }}
    />
  );
}

function AssigneeChoice({ filter, change }: FilterProps) {
  const me = useViewer().memberId;
  // Every look at the members is in the audit log: there is none before it is of use.
  const [opened, setOpened] = useState(!['anyone', 'me', 'nobody'].includes(filter.assignee));
  const mayAdmin = useMay('ADMIN');
  const { data } = useQuery(PeopleToAssign, {}, { skip: !mayAdmin || !opened });
  const people = (data?.members.nodes ?? [])
    .filter(({ id }) => id !== me)
    .map(({ id, name }) => ({ value: id, label: name }));
  const known = ['anyone', 'me', 'nobody', ...people.map(({ value }) => value)];
  return (
    <Select
      size="xs"
      className={styles.assignee}
      aria-label="Assigned to"
      allowDeselect={false}
      onDropdownOpen={() => setOpened(true)}
      data={[
        { value: 'anyone', label: 'Assigned to anyone' },
        ...(me === null ? [] : [{ value: 'me', label: 'Mine' }]),
        { value: 'nobody', label: 'Unassigned' },
        ...people,
        ...(known.includes(filter.assignee) ? [] : [{ value: filter.assignee, label: 'A colleague' }]),
      ]}
      value={filter.assignee}
      onChange={(assignee) => change({ ...filter, assignee: assignee ?? 'anyone' })}
    />
  );
}

function hoursText(hours: number): string {
  if (hours === 1) return 'Last hour';
  return hours <= 24 ? `Last ${hours} hours` : `Last ${hours / 24} days`;
}

/** When the events happened: a stretch up to now, or between two moments of the viewer's zone. */
function PeriodChoice({ filter, change }: FilterProps) {
  const { period } = filter;
  const choose = (value: string | null): void => {
    const next: Period =
      value === 'between'
        ? { kind: 'between', from: null, to: null }
        : Number(value) > 0
          ? { kind: 'last', hours: Number(value) }
          : { kind: 'any' };
    change({ ...filter, period: next });
  };
  return (
    <>
      <Select
        size="xs"
        className={styles.period}
        aria-label="Period"
        allowDeselect={false}
        leftSection={<Icon name="clock" size={14} />}
        data={[
          { value: 'any', label: 'Any time' },
          ...PERIOD_HOURS.map((hours) => ({ value: String(hours), label: hoursText(hours) })),
          { value: 'between', label: 'Between…' },
        ]}
        value={period.kind === 'last' ? String(period.hours) : period.kind}
        onChange={choose}
      />
      {period.kind === 'between' ? (
        <>
          <Moment
            label="From"
            at={period.from}
            set={(from) => change({ ...filter, period: { ...period, from } })}
          />
          <Moment
            label="Before"
            at={period.to}
            set={(to) => change({ ...filter, period: { ...period, to } })}
          />
        </>
      ) : null}
    </>
  );
}

function Moment(props: {
  readonly label: string;
  readonly at: string | null;
  readonly set: (iso: string | null) => void;
}): ReactNode {
  return (
    <TextInput
      size="xs"
      type="datetime-local"
      aria-label={`${props.label} (${zoneText()})`}
      title={`${props.label}, in ${zoneText()}`}
      value={props.at === null ? '' : localInputValue(props.at)}
      onChange={(event) => {
        const ms = Date.parse(event.currentTarget.value);
        props.set(Number.isNaN(ms) ? null : new Date(ms).toISOString());
      }}
    />
  );
}

/** Searches a value of KEY columns, once the viewer has stopped typing. */
function KeySearch({
  filter,
  change,
  searchField,
}: FilterProps & { readonly searchField: RefObject<HTMLInputElement | null> }) {
  const [text, setText] = useState(filter.key);
  useEffect(() => setText(filter.key), [filter.key]);
  useEffect(() => {
    if (text.trim() === filter.key) return undefined;
    const timer = window.setTimeout(() => change({ ...filter, key: text.trim() }), TYPING_MS);
    return () => window.clearTimeout(timer);
  }, [text, filter, change]);
  return (
    <TextInput
      ref={searchField}
      size="xs"
      className={styles.search}
      aria-label="Account or other key"
      placeholder="Account or key"
      leftSection={<Icon name="search" size={14} />}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      spellCheck={false}
    />
  );
}
