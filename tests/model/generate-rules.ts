import { expression, type Kind, predicate, type Term } from './generate-expressions.ts';
import type { Random } from './random.ts';
import type { GraphShape, Shape, Statement } from './shapes.ts';

interface Surroundings {
  readonly shapes: readonly Shape[];
  readonly graphs: readonly GraphShape[];
}

/** A rule of a random shape on a random relation. */
export function generateRule(random: Random, name: string, world: Surroundings, decided: boolean): Statement {
  const streams = world.shapes.filter(({ root }) => root === 'source');
  const shape = random.chance(0.8) ? random.pick(streams) : random.pick(world.shapes);
  let on = `ON ${shape.name}`;
  let old: Term[] = [];
  if (shape.root === 'table' && random.chance(0.6)) {
    on = `AFTER ${random.pick(['UPDATE', 'DELETE'])} ON ${shape.name}`;
    if (on.startsWith('AFTER UPDATE'))
      old = shape.columns.map((column) => ({ text: `$old.${column.name}`, kind: column.kind }));
  } else if (shape.windowed && random.chance(0.5)) on = `ON REVISION OF ${shape.name}`;
  const bare = shape.columns.map((column) => ({ text: column.name, kind: column.kind }));
  const refuses = shape.root === 'source' && !shape.windowed && random.chance(0.12);
  const when = random.chance(refuses ? 0.95 : 0.25) ? ` WHEN ${predicate(random, [...bare, ...old], 1)}` : '';
  const graph = random.pick(world.graphs);
  const job = random.chance(0.8) ? generateJob(random, shape, graph, on.startsWith('AFTER DELETE')) : null;
  const actions = generateActions(random, shape, world, job?.columns ?? [], decided, on, refuses);
  const then = job === null ? '' : ` THEN USE ${graph.name} ${job.text}`;
  return { name, text: `CREATE RULE ${name} ${on}${when}${then} DO ${actions};` };
}

/** A rule without a job that refuses the events of a source which meet its condition. */
export function generateRefusal(random: Random, name: string, shape: Shape): Statement {
  const own = shape.columns.map((column): Term => ({ text: column.name, kind: column.kind }));
  const alert = random.chance(0.5) ? "ALERT 'refused', " : '';
  return {
    name,
    text: `CREATE RULE ${name} ON ${shape.name} WHEN ${predicate(random, own, 1)} DO ${alert}REFUSE;`,
  };
}

interface Job {
  readonly text: string;
  /** What RETURN names, for KEY and INSERT INTO. */
  readonly columns: readonly Term[];
}

function generateActions(
  random: Random,
  shape: Shape,
  world: Surroundings,
  returned: readonly Term[],
  decided: boolean,
  on: string,
  refuses: boolean,
): string {
  const actions: string[] = [];
  const own = shape.columns.map((column): Term => ({ text: column.name, kind: column.kind }));
  const readable = [...returned, ...own.filter(({ text }) => !returned.some((term) => term.text === text))];
  if (random.chance(0.95)) {
    const key = random.chance(0.6)
      ? [...new Set([random.pick(readable).text, random.pick(readable).text])]
      : [];
    const severity = random.chance(0.4)
      ? ` SEVERITY ${random.pick(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'])}`
      : '';
    const suppress =
      (shape.timed || shape.windowed) && shape.root === 'source' && random.chance(0.25)
        ? ` SUPPRESS INTERVAL '${random.pick([0, 5, 20])} seconds'`
        : '';
    actions.push(`ALERT 'found'${severity}${key.length > 0 ? ` KEY (${key.join(', ')})` : ''}${suppress}`);
  }
  const stream = shape.root === 'source' && !shape.windowed;
  if (decided && shape.rootName === 'transfers' && stream && random.chance(0.5)) {
    actions.push(`DECIDE ${random.pick(['deny', 'review', 'approve'])}`);
  }
  const insert = refuses ? null : generateInsert(random, shape, world, returned, own);
  if (refuses) actions.push('REFUSE');
  else if (insert !== null && !on.startsWith('AFTER DELETE')) actions.push(insert);
  if (actions.length === 0 || random.chance(0.1)) actions.push("WEBHOOK 'desk'");
  return actions.join(', ');
}

/** INSERT INTO a table that the row's own table does not feed on; `accounts` and `guarantees` change graphs. */
function generateInsert(
  random: Random,
  shape: Shape,
  world: Surroundings,
  returned: readonly Term[],
  own: readonly Term[],
): string | null {
  const order = ['transfers', 'claims', 'guarantees', 'accounts', 'flags', 'marks'];
  const later = order.slice(order.indexOf(shape.rootName) + 1);
  const targets = world.shapes.filter(
    ({ name }) => later.includes(name) && ['guarantees', 'accounts', 'flags', 'marks'].includes(name),
  );
  if (targets.length === 0 || !order.includes(shape.rootName) || !random.chance(0.35)) return null;
  const target = random.pick(targets);
  const chosen = target.columns.filter(
    ({ name }) => target.key?.includes(name) || target.ends?.includes(name) || random.chance(0.5),
  );
  const values = chosen.map(({ name, kind }) => {
    const vertex = name === 'id' || target.ends?.includes(name) === true;
    if (vertex && shape.vertices.length > 0) return random.pick(shape.vertices);
    const given = returned.find((term) => term.kind === kind);
    if (given !== undefined && random.chance(0.5)) return given.text;
    return name === 'gid' && kind === 'text' ? "'made'" : expression(random, own, kind, 1);
  });
  return `INSERT INTO ${target.name} (${chosen.map(({ name }) => name).join(', ')}) VALUES (${values.join(', ')})`;
}

/** A query with parameters, over the graph. */
export function generateQuery(random: Random, name: string, graph: GraphShape, vertexKind: Kind): Statement {
  const columns = [
    { name: 'who', kind: vertexKind },
    { name: 'moment', kind: 'timestamptz' as const },
    { name: 'low', kind: 'numeric' as const },
  ];
  const parameters: Shape = {
    name,
    root: 'source',
    rootName: name,
    columns,
    key: null,
    ends: null,
    vertices: ['who'],
    timed: false,
    windowed: false,
  };
  const type = { text: 'TEXT', integer: 'INTEGER', bigint: 'BIGINT' }[vertexKind as string];
  const { text } = generateJob(random, parameters, graph, false);
  const given = `who ${type}, moment TIMESTAMPTZ = TIMESTAMPTZ '2026-01-01T00:01:00Z', low NUMERIC(12,2) = 1.5`;
  return {
    name,
    text: `CREATE QUERY ${name} (${given}) AS USE ${graph.name} ${text.includes('RETURN') ? text : `${text} RETURN *`};`,
  };
}

/** A variable of a pattern and what may be read of it. */
interface Variables {
  vertices: string[];
  edges: string[];
  groups: string[];
  paths: string[];
}

function generateJob(random: Random, shape: Shape, graph: GraphShape, deleted: boolean): Job {
  const dollar = shape.columns.map(
    (column): Term => ({ text: `$${deleted ? 'old.' : ''}${column.name}`, kind: column.kind }),
  );
  const seen: Variables = { vertices: [], edges: [], groups: [], paths: [] };
  const parts: string[] = [];
  const closing = shape.ends !== null && random.chance(0.45);
  parts.push(
    closing
      ? closingPattern(random, shape, graph, seen, dollar)
      : freePattern(random, shape, graph, seen, dollar, deleted),
  );
  const terms = (): Term[] => [...elementTerms(seen, graph), ...dollar];
  if (random.chance(0.2) && seen.vertices.length > 0) {
    parts.push(
      `OPTIONAL MATCH (${random.pick(seen.vertices)})-[late${edgeWhere(random, 'late', graph, dollar)}]->(far)`,
    );
    seen.edges.push('late');
    seen.vertices.push('far');
  }
  let extra: Term[] = [];
  if (random.chance(0.25)) {
    const kind: Kind = random.pick(['integer', 'text', 'numeric']);
    parts.push(`LET made = ${expression(random, terms(), kind)}`);
    extra = [{ text: 'made', kind }];
  }
  if (random.chance(0.1)) parts.push(`FILTER ${predicate(random, [...terms(), ...extra], 1)}`);
  if (random.chance(0.15) && seen.vertices.length > 0) return withJob(random, parts, seen, graph, dollar);
  if (random.chance(0.2)) {
    const condition = predicate(random, [...terms(), ...extra], 1);
    const call =
      random.chance(0.4) && seen.vertices.length > 0
        ? `CALL graph.neighbourhood(${random.pick(seen.vertices)}, ${random.between(0, 2)}) YIELD subgraph `
        : '';
    const first = `{ ${call}RETURN ${plainItems(random, seen, graph, extra)}${call === '' ? '' : ', subgraph'} }`;
    const inner = predicate(random, [...terms(), ...extra], 1);
    const nested = `WHEN ${inner} THEN { RETURN ${plainItems(random, seen, graph, extra)} }`;
    const other = random.chance(0.2) ? nested : `RETURN ${plainItems(random, seen, graph, extra)}`;
    const second = random.chance(0.7) ? ` ELSE { ${other} }` : '';
    parts.push(`WHEN ${condition} THEN ${first}${second}`);
    return { text: parts.join(' '), columns: [] };
  }
  const grouped = random.chance(0.25) && seen.vertices.length > 0;
  if (grouped)
    return {
      text: [...parts, groupedReturn(random, seen, graph)].join(' '),
      columns: [{ text: 'n', kind: 'bigint' }],
    };
  if (random.chance(0.1)) return { text: parts.join(' '), columns: extra };
  if (random.chance(0.06)) return { text: [...parts, 'RETURN *'].join(' '), columns: extra };
  const distinct = random.chance(0.1) ? 'DISTINCT ' : '';
  const returns = `RETURN ${distinct}${plainItems(random, seen, graph, extra)}${cut(random, extra)}`;
  return { text: [...parts, returns].join(' '), columns: [] };
}

function cut(random: Random, extra: readonly Term[]): string {
  const order =
    extra.length > 0 && random.chance(0.5)
      ? ` ORDER BY made${random.pick(['', ' DESC', ' DESC NULLS LAST', ' NULLS FIRST'])}`
      : '';
  const limit = random.chance(0.2) ? ` LIMIT ${random.between(0, 3)}` : '';
  const offset = random.chance(0.1) ? ` OFFSET ${random.between(0, 2)}` : '';
  return `${order}${offset}${limit}`;
}

function plainItems(random: Random, seen: Variables, graph: GraphShape, extra: readonly Term[]): string {
  const items = [...seen.paths];
  items.push(
    ...random.some(seen.vertices, 0.5),
    ...random.some(seen.edges, 0.5),
    ...random.some(seen.groups, 0.5),
  );
  for (const group of seen.groups) {
    if (random.chance(0.5)) items.push(`SUM(${group}.amount) AS sum_${group}`);
    if (random.chance(0.2)) items.push(`COUNT(${group}) AS count_${group}`);
    if (random.chance(0.2)) items.push(`MAX(${group}.at) AS max_${group}`);
    if (random.chance(0.1)) items.push(`AVG(${group}.amount) AS avg_${group}`);
  }
  for (const path of seen.paths) {
    if (random.chance(0.2)) items.push(`path_length(${path}) AS long_${path}`);
    if (random.chance(0.1)) items.push(`vertices(${path}) AS stops_${path}`);
    if (random.chance(0.1))
      items.push(`edges(${path}) AS hops_${path}`, `size(edges(${path})) AS size_${path}`);
  }
  const element = random.pick([...seen.vertices, ...seen.edges, '']);
  if (element !== '' && random.chance(0.15))
    items.push(`element_id(${element}) AS id_${element}`, `label(${element}) AS kind_${element}`);
  const terms = elementTerms(seen, graph);
  if (terms.length > 0 && random.chance(0.4)) items.push(`${random.pick(terms).text} AS picked`);
  items.push(...extra.map(({ text }) => text));
  return items.length > 0 ? items.join(', ') : '1 AS one';
}

function groupedReturn(random: Random, seen: Variables, graph: GraphShape): string {
  const by = random.chance(0.8) ? `${random.pick(seen.vertices)}.id AS who` : null;
  const items = by === null ? [] : [by];
  items.push('COUNT(*) AS n');
  const edge = seen.edges[0];
  if (edge !== undefined) items.push(`${random.pick(['SUM', 'MAX', 'MIN', 'AVG'])}(${edge}.amount) AS total`);
  if (edge !== undefined && random.chance(0.3)) items.push(`COLLECT(${edge}.at) AS moments`);
  const term = elementTerms(seen, graph).at(-1);
  if (term !== undefined && random.chance(0.3)) items.push(`COUNT(DISTINCT ${term.text}) AS kinds`);
  const order = random.chance(0.5) ? ` ORDER BY n${random.chance(0.5) ? ' DESC' : ''}` : '';
  const limit = random.chance(0.3) ? ` LIMIT ${random.between(1, 2)}` : '';
  return `RETURN ${items.join(', ')}${order}${limit}`;
}

function withJob(
  random: Random,
  parts: readonly string[],
  seen: Variables,
  graph: GraphShape,
  dollar: readonly Term[],
): Job {
  const vertex = random.pick(seen.vertices);
  const order = random.chance(0.5) ? ` ORDER BY n DESC LIMIT ${random.between(1, 3)}` : '';
  const where = random.chance(0.3) ? ` WHERE n > ${random.between(0, 2)}` : '';
  const next = `MATCH q = (${vertex})-[more${edgeWhere(random, 'more', graph, dollar)}]->{1,2}(last_one)`;
  return {
    text: [
      ...parts,
      `WITH ${vertex}, COUNT(*) AS n${order}${where} ${next} RETURN q, n, SUM(more.amount) AS total`,
    ].join(' '),
    columns: [{ text: 'n', kind: 'bigint' }],
  };
}

function elementTerms(seen: Variables, graph: GraphShape): Term[] {
  const edgeColumns =
    graph.edgeTables[0]?.shape.columns.filter(({ name }) => name === 'amount' || name === 'at') ?? [];
  return [
    ...seen.vertices.flatMap((variable): Term[] => [
      { text: `${variable}.name`, kind: 'text' },
      { text: `${variable}.risk`, kind: 'integer' },
    ]),
    ...seen.edges.flatMap((variable) =>
      edgeColumns.map(({ name, kind }) => ({ text: `${variable}.${name}`, kind })),
    ),
  ];
}

function label(random: Random, graph: GraphShape): string {
  if (random.chance(0.4)) return '';
  const labels = [...new Set(graph.edgeTables.map((each) => each.label))];
  if (labels.length > 1 && random.chance(0.3)) return `:${labels.join('|')}`;
  if (labels.length > 1 && random.chance(0.1)) return `:!${random.pick(labels)}`;
  return `:${random.pick(labels)}`;
}

function edgeWhere(random: Random, variable: string, graph: GraphShape, dollar: readonly Term[]): string {
  if (random.chance(0.8)) return '';
  const own = elementTerms({ vertices: [], edges: [variable], groups: [], paths: [] }, graph);
  return ` WHERE ${predicate(random, random.chance(0.5) ? [...own, ...dollar] : own, 1)}`;
}

function suffix(random: Random, quantifiedOrLong: boolean): { text: string; merge: boolean } {
  if (random.chance(0.25)) return { text: ' MERGE PARALLEL', merge: true };
  const ascending = random.chance(0.45)
    ? ` ASCENDING BY at${random.chance(0.8) ? ` WITHIN INTERVAL '${random.pick([0, 5, 20, 60, 600, 3600])} seconds'` : ''}`
    : '';
  const keep = random.chance(quantifiedOrLong ? 0.3 : 0.15) ? ` KEEP LATEST ${random.between(1, 4)}` : '';
  return { text: `${ascending}${keep}`, merge: false };
}

const NOTHING = new Array<string>(24).fill('');

const MODES = ['', '', 'SIMPLE ', 'SIMPLE ', 'TRAIL ', 'ACYCLIC ', 'WALK '];

/** The pattern of the task: from payee to payer and back over the edge that came. */
function closingPattern(
  random: Random,
  shape: Shape,
  graph: GraphShape,
  seen: Variables,
  dollar: readonly Term[],
): string {
  const [source, destination] = shape.ends ?? ['payer', 'payee'];
  const own = graph.edgeTables.filter((each) => each.shape.rootName === shape.rootName);
  const low = random.between(1, 2);
  const high = random.between(low, 3);
  const end = suffix(random, true);
  const start = `(a:Account WHERE a.id = $${destination})`;
  seen.vertices.push('a', 'b');
  seen.groups.push('t');
  seen.paths.push('p');
  const middle = `-[t${label(random, graph)}${edgeWhere(random, 't', graph, dollar)}]->${quantifier(random, low, high)}(b WHERE b.id = $${source})`;
  const key = own[0]?.shape.key ?? null;
  if (key === null || end.merge || random.chance(0.3)) {
    return `MATCH p = ${random.pick(MODES)}${start}${middle}${end.text}`;
  }
  seen.edges.push('last');
  const last = `-[last WHERE ${key.map((column) => `last.${column} = $${column}`).join(' AND ')}]->`;
  return `MATCH p = ${random.pick(MODES)}${start}${middle}${last}(a)${end.text}`;
}

/** Any pattern of one to three edges, mostly from a vertex that the row names; rarely two patterns that join. */
function freePattern(
  random: Random,
  shape: Shape,
  graph: GraphShape,
  seen: Variables,
  dollar: readonly Term[],
  deleted: boolean,
): string {
  const given = `$${deleted ? 'old.' : ''}${random.pick(shape.vertices)}`;
  const start = random.chance(0.85) ? `(v0 WHERE v0.id = ${given})` : `(v0:Account)`;
  seen.vertices.push('v0');
  const length = random.pick([1, 1, 2, 2, 3]);
  let text = start;
  let hops = 0;
  for (let index = 1; index <= length; index++) {
    const variable = `e${index}`;
    const quantified = hops < 2 && random.chance(0.35);
    const low = random.between(0, 1);
    const high = random.between(Math.max(low, 1), 3 - Math.min(hops, 1));
    const body = `${variable}${label(random, graph)}${edgeWhere(random, variable, graph, dollar)}`;
    const cypher = quantified && random.chance(0.15) && !body.includes(' WHERE ');
    const inside = cypher ? `${body}*${random.pick([`${low}..${high}`, `${high}`, `..${high}`])}` : body;
    const arrow = random.pick([`-[${inside}]->`, `-[${inside}]->`, `<-[${inside}]-`, `-[${inside}]-`]);
    const target = index > 1 && random.chance(0.25) ? 'v0' : `v${index}`;
    const where =
      target === 'v0'
        ? ''
        : random.pick([
            ...NOTHING,
            ` WHERE ${target}.risk > 1`,
            ' {risk: 1}',
            ':Account',
            graph.shops ? ':!Shop' : ':Account',
          ]);
    text += `${arrow}${quantified && !cypher ? quantifier(random, low, high) : ''}(${target}${where})`;
    hops += quantified ? high : 1;
    (quantified ? seen.groups : seen.edges).push(variable);
    if (!seen.vertices.includes(target)) seen.vertices.push(target);
  }
  if (random.chance(0.04)) return openPattern(random, start, seen, graph);
  const end = suffix(random, hops > 1);
  const pathed = random.chance(0.8);
  if (pathed) seen.paths.push('p');
  if (end.merge) {
    seen.groups.push(...seen.edges.splice(0)); // a merged hop holds several edges
  }
  let joined = '';
  if (random.chance(0.15)) {
    joined = `, (${random.pick(seen.vertices)})-[side${label(random, graph)}]->(aside)`;
    seen.vertices.push('aside');
    (end.merge ? seen.groups : seen.edges).push('side');
  }
  const mode = random.pick(MODES);
  const where = random.chance(0.08) ? ` WHERE ${predicate(random, elementTerms(seen, graph), 1)}` : '';
  return `MATCH ${pathed ? 'p = ' : ''}${mode}${text}${joined}${end.text}${where}`;
}

/** A pattern without a bound on its length, which only the modes bound that do not repeat. */
function openPattern(random: Random, start: string, seen: Variables, graph: GraphShape): string {
  seen.edges.length = 0;
  seen.groups.splice(0, seen.groups.length, 'all');
  seen.vertices.splice(0, seen.vertices.length, 'v0', 'finish');
  seen.paths.splice(0, seen.paths.length, 'p');
  const many = random.pick(['+', '{1,}', '*', '{2,}']);
  const mode = random.pick(['SIMPLE', 'ACYCLIC', 'TRAIL']);
  const keep = mode === 'TRAIL' ? ' KEEP LATEST 1' : random.pick(['', ' KEEP LATEST 2', ' ASCENDING BY at']);
  return `MATCH p = ${mode} ${start}-[all${label(random, graph)}]->${many}(finish)${keep}`;
}

function quantifier(random: Random, low: number, high: number): string {
  if (low === high) return `{${low}}`;
  return low === 0 && random.chance(0.5) ? `{,${high}}` : `{${low},${high}}`;
}
