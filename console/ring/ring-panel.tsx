import { ActionIcon, Button, Menu, Select, useComputedColorScheme } from '@mantine/core';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { RingFacts } from '../alerts/alert.operations.ts';
import { RingGlyph } from '../alerts/ring-glyph.tsx';
import { amountOf, decimalText } from '../display/number-text.ts';
import { momentWithZoneText } from '../display/time-text.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { lazyPart } from '../parts/lazy-part.tsx';
import { Panel } from '../parts/panel.tsx';
import { saveFile } from '../display/save-file.ts';
import { pageColors } from './drawing-style.ts';
import type { CanvasControl } from './ring-canvas.tsx';
import { type RingGraph, ringGraph } from './ring-graph.ts';
import { layoutRing } from './ring-layout.ts';
import { RingSummary } from './ring-summary.tsx';
import styles from './ring-panel.module.css';
import { RingTable } from './ring-table.tsx';
import { TimeTrack } from './time-track.tsx';
import { VertexTable } from './vertex-table.tsx';
import { type RingPlayer, useRingPlayer } from './use-ring-player.ts';
import { writeSvg } from './write-svg.ts';

const RingCanvas = lazyPart(async () => (await import('./ring-canvas.tsx')).RingCanvas, 4);

/** What an alert found: drawn, played in time, and as tables. */
export function RingPanel(props: {
  readonly title: string;
  readonly fileName: string;
  readonly rings: readonly RingFacts[];
  /** The whole alert as JSON text. */
  readonly json: string;
}) {
  const [chosen, setChosen] = useState<number | null>(props.rings.length === 1 ? 0 : null);
  const [vertex, setVertex] = useState<string | null>(null);
  const shown = useMemo(
    () => props.rings.filter((_, index) => chosen === null || chosen === index),
    [props.rings, chosen],
  );
  const graph = useMemo(() => ringGraph(shown), [shown]);
  const layout = useMemo(() => layoutRing(graph, shown.length), [graph, shown]);
  const player = useRingPlayer(graph.edges.length);
  const dark = useComputedColorScheme('light') === 'dark';
  const control = useRef<CanvasControl | null>(null);
  const takeControl = useCallback((taken: CanvasControl) => {
    control.current = taken;
  }, []);
  const description = describe(shown);
  const saveSvg = (): void => {
    const svg = writeSvg(graph, layout, pageColors(), { title: props.title, description });
    saveFile(`${props.fileName}.svg`, 'image/svg+xml', svg);
  };
  const choosePath = (index: number | null): void => {
    player.goTo(null);
    setChosen(index);
  };
  return (
    <>
      <Panel
        title={<PathChoice rings={props.rings} chosen={chosen} choose={choosePath} />}
        padded={false}
        actions={
          <>
            <CanvasButton icon="minus" label="Smaller" act={() => control.current?.zoom(1 / 1.25)} />
            <CanvasButton icon="plus" label="Larger" act={() => control.current?.zoom(1.25)} />
            <CanvasButton icon="fit" label="Fit the drawing" act={() => control.current?.fit()} />
            <DownloadMenu saveSvg={saveSvg} fileName={props.fileName} json={props.json} />
          </>
        }
      >
        <RingSummary graph={graph} rings={shown} />
        <div className={styles.canvas}>
          <RingCanvas
            graph={graph}
            layout={layout}
            step={player.step}
            dark={dark}
            label={description}
            chooseStep={player.goTo}
            chooseVertex={setVertex}
            control={takeControl}
          />
        </div>
        <Player graph={graph} player={player} />
        <RingTable graph={graph} step={player.step} chooseStep={player.goTo} />
      </Panel>
      <VertexTable graph={graph} chosen={vertex} />
    </>
  );
}

function DownloadMenu(props: {
  readonly saveSvg: () => void;
  readonly fileName: string;
  readonly json: string;
}) {
  return (
    <Menu position="bottom-end" withinPortal withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<Icon name="download" size={15} />}>
          Download
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={props.saveSvg}>Drawing (SVG)</Menu.Item>
        <Menu.Item onClick={() => saveFile(`${props.fileName}.json`, 'application/json', props.json)}>
          Alert (JSON)
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function CanvasButton(props: { readonly icon: IconName; readonly label: string; readonly act: () => void }) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={props.label}
      title={props.label}
      onClick={props.act}
    >
      <Icon name={props.icon} size={16} />
    </ActionIcon>
  );
}

function describe(rings: readonly RingFacts[]): string {
  const [only, ...more] = rings;
  if (only === undefined) return 'No path';
  return more.length === 0
    ? only.text
    : `${amountOf(rings.length, 'path')}. ${rings.map(({ text }) => text).join('. ')}`;
}

/** Which of the paths are drawn. */
function PathChoice(props: {
  readonly rings: readonly RingFacts[];
  readonly chosen: number | null;
  readonly choose: (index: number | null) => void;
}) {
  const { rings } = props;
  const [only] = rings;
  if (rings.length === 1 && only !== undefined) {
    return (
      <span className={styles.heading}>
        <RingGlyph hops={only.hops} closed={only.closed} />
        {ringName(only)}
      </span>
    );
  }
  return (
    <Select
      size="xs"
      w={320}
      aria-label="Paths that are drawn"
      allowDeselect={false}
      value={props.chosen === null ? 'all' : String(props.chosen)}
      onChange={(value) => props.choose(value === null || value === 'all' ? null : Number(value))}
      data={[
        { value: 'all', label: `All ${amountOf(rings.length, 'path')} together` },
        ...rings.map((ring, index) => ({ value: String(index), label: `${index + 1}. ${ringName(ring)}` })),
      ]}
    />
  );
}

function ringName(ring: RingFacts): string {
  const kind = ring.closed ? 'Ring' : 'Path';
  const moved = ring.amount === null ? '' : ` · ${decimalText(ring.amount)}`;
  return `${kind} of ${amountOf(ring.hops, 'hop')}${moved}`;
}

/** Steps through the edges in time, and says where it is. */
function Player({ graph, player }: { readonly graph: RingGraph; readonly player: RingPlayer }) {
  const count = graph.edges.length;
  const now = player.step === null ? undefined : graph.edges[player.step - 1];
  return (
    <div className={styles.player}>
      <div className={styles.buttons}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Step back"
          title="Step back (←)"
          onClick={player.previous}
        >
          <Icon name="previous" size={16} />
        </ActionIcon>
        <ActionIcon
          variant="filled"
          radius="xl"
          size="lg"
          aria-label={player.playing ? 'Pause' : 'Play in time'}
          title={player.playing ? 'Pause (space)' : 'Play in time (space)'}
          onClick={player.toggle}
        >
          <Icon name={player.playing ? 'pause' : 'play'} size={16} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Step on"
          title="Step on (→)"
          onClick={player.next}
        >
          <Icon name="next" size={16} />
        </ActionIcon>
      </div>
      <div className={styles.trackCell}>
        <TimeTrack edges={graph.edges} step={player.step} goTo={player.goTo} />
        <p className={styles.now} aria-live="polite" data-now-playing>
          {now === undefined ? (
            <>All {amountOf(count, 'step')} shown.</>
          ) : (
            <>
              <strong>
                {player.step} of {count}
              </strong>{' '}
              · <span className="mono">{now.from}</span> → <span className="mono">{now.to}</span>
              {now.amount === null ? null : <> · {decimalText(now.amount)}</>}
              {now.time === null ? null : <> · {momentWithZoneText(now.time)}</>}
              {now.closing ? <> · closes the ring</> : null}
            </>
          )}
        </p>
      </div>
      {player.step === null ? null : (
        <Button variant="subtle" size="compact-xs" onClick={() => player.goTo(null)}>
          Show all
        </Button>
      )}
    </div>
  );
}
